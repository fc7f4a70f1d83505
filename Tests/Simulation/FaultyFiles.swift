import GRDB
import GRDBSQLite
import Synchronization

/// SQLite's files, of which one access can fail: the system's VFS with some of its methods replaced.
public enum FaultyFiles {
    private struct State {
        var untilFailure: Int?
        var code: CInt = 0
        var isInstalled = false
    }

    private static let state = Mutex(State())

    /// For every database that this process opens from now on.
    public static func install() {
        let isFirst = state.withLock { state in
            defer { state.isInstalled = true }
            return !state.isInstalled
        }
        guard isFirst, let system = sqlite3_vfs_find(nil) else { return }
        // For as long as the process lives.
        let name = UnsafeMutablePointer<CChar>.allocate(capacity: 16)
        for (index, byte) in Array("faulty".utf8CString).enumerated() { name[index] = byte }
        let faulty = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        faulty.initialize(to: system.pointee)
        faulty.pointee.zName = UnsafePointer(name)
        faulty.pointee.pNext = nil
        faulty.pointee.pAppData = system.pointee.pAppData
        faulty.pointee.xOpen = { vfs, name, file, flags, outFlags in
            guard !FaultyFiles.fails() else { return FaultyFiles.code }
            guard let system = FaultyFiles.systemOpen else { return SQLITE_CANTOPEN }
            let result = system(vfs, name, file, flags, outFlags)
            if result == SQLITE_OK, let file { FaultyFiles.replaceMethods(of: file) }
            return result
        }
        sqlite3_vfs_register(faulty, 1)
    }

    /// Runs `body`, during which the n-th access to a file fails.
    static func failing<T>(at access: Int, with code: ResultCode, _ body: () -> T) -> T {
        state.withLock { ($0.untilFailure, $0.code) = (access, code.rawValue) }
        defer { state.withLock { $0.untilFailure = nil } }
        return body()
    }

    private static func fails() -> Bool {
        state.withLock { state in
            guard let left = state.untilFailure else { return false }
            state.untilFailure = left > 1 ? left - 1 : nil
            return left == 1
        }
    }

    private static var code: CInt { state.withLock { $0.code } }

    private typealias Open =
        @convention(c) (
            UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?, UnsafeMutablePointer<sqlite3_file>?, CInt,
            UnsafeMutablePointer<CInt>?
        ) -> CInt
    private typealias Methods = sqlite3_io_methods

    private static let systemOpen: Open? = sqlite3_vfs_find("unix")?.pointee.xOpen

    // Files that are locked and files that are not have different methods, but read and write alike.
    private static let original = Mutex<Methods?>(nil)
    private static let replaced = Mutex<[UInt: UInt]>([:])

    private static func replaceMethods(of file: UnsafeMutablePointer<sqlite3_file>) {
        guard let methods = file.pointee.pMethods else { return }
        let known = UInt(bitPattern: methods)
        let address = replaced.withLock { replaced in
            if let address = replaced[known] { return address }
            original.withLock { $0 = methods.pointee }
            let faulty = UnsafeMutablePointer<Methods>.allocate(capacity: 1)
            faulty.initialize(to: methods.pointee)
            faulty.pointee.xRead = { file, buffer, count, offset in
                FaultyFiles.access { $0.xRead(file, buffer, count, offset) }
            }
            faulty.pointee.xWrite = { file, buffer, count, offset in
                FaultyFiles.access { $0.xWrite(file, buffer, count, offset) }
            }
            faulty.pointee.xSync = { file, flags in FaultyFiles.access { $0.xSync(file, flags) } }
            let address = UInt(bitPattern: faulty)
            replaced[known] = address
            return address
        }
        file.pointee.pMethods = UnsafePointer(bitPattern: address)
    }

    private static func access(_ body: (Methods) -> CInt) -> CInt {
        if fails() { return code }
        return original.withLock { $0 }.map(body) ?? SQLITE_IOERR
    }
}
