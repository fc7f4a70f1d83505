import Foundation

/// The bytes of a record in one array: key, value, then for each header
/// `nameLength: UInt32, name, valueLength: Int32 (-1: none), value`, in the machine's byte order.
struct RecordStorage: Sendable {
    private let bytes: [UInt8]
    private let keyLength: Int32
    private let valueLength: Int32
    private let headerCount: Int32

    private static let absent: Int32 = -1
    private static let lengthSize = MemoryLayout<UInt32>.size

    /// Copies what the pointers name; a nil base address is an absent key or value.
    /// - Parameter header: gives the n-th header; called twice for each, to measure and to copy.
    init(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, headerCount: Int,
        header: (Int) -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    ) {
        var total = key.count + value.count
        for index in 0..<headerCount {
            let (name, value) = header(index)
            total += 2 * Self.lengthSize + name.count + value.count
        }
        keyLength = key.baseAddress == nil ? Self.absent : Int32(key.count)
        valueLength = value.baseAddress == nil ? Self.absent : Int32(value.count)
        self.headerCount = Int32(headerCount)
        guard total > 0 else {
            bytes = []
            return
        }
        bytes = [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(buffer)
            var at = 0
            func append(_ source: UnsafeRawBufferPointer) {
                guard let base = source.baseAddress, source.count > 0 else { return }
                target.baseAddress?.advanced(by: at).copyMemory(from: base, byteCount: source.count)
                at += source.count
            }
            func append(length: Int32) {
                target.storeBytes(of: length, toByteOffset: at, as: Int32.self)
                at += Self.lengthSize
            }
            append(key)
            append(value)
            for index in 0..<headerCount {
                let (name, value) = header(index)
                append(length: Int32(name.count))
                append(name)
                append(length: value.baseAddress == nil ? Self.absent : Int32(value.count))
                append(value)
            }
            count = total
        }
    }

    init(key: [UInt8]?, value: [UInt8]?, headers: [Header]) {
        var bytes: [UInt8] = []
        bytes.append(contentsOf: key ?? [])
        bytes.append(contentsOf: value ?? [])
        for header in headers {
            let name = Array(header.name.utf8)
            withUnsafeBytes(of: Int32(name.count)) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: name)
            withUnsafeBytes(of: header.value.map { Int32($0.count) } ?? Self.absent) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: header.value ?? [])
        }
        self.bytes = bytes
        keyLength = key.map { Int32($0.count) } ?? Self.absent
        valueLength = value.map { Int32($0.count) } ?? Self.absent
        headerCount = Int32(headers.count)
    }

    /// Bytes, all together.
    var count: Int { bytes.count }

    var key: ArraySlice<UInt8>? {
        keyLength == Self.absent ? nil : bytes[0..<Int(keyLength)]
    }

    var value: ArraySlice<UInt8>? {
        let start = Int(max(keyLength, 0))
        return valueLength == Self.absent ? nil : bytes[start..<start + Int(valueLength)]
    }

    var headers: [Header] {
        var headers: [Header] = []
        headers.reserveCapacity(Int(headerCount))
        walk { name, value in
            headers.append(
                Header(name: String(decoding: bytes[name], as: UTF8.self), value: value.map { Array(bytes[$0]) }))
        }
        return headers
    }

    func header(_ name: StaticString) -> ArraySlice<UInt8>? {
        var found: Range<Int>?
        let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        bytes.withUnsafeBytes { all in
            walk { name, value in
                guard name.count == wanted.count else { return }
                if name.isEmpty || memcmp(all.baseAddress! + name.lowerBound, wanted.baseAddress!, name.count) == 0 {
                    found = value
                }
            }
        }
        return found.map { bytes[$0] }
    }

    private func walk(_ visit: (_ name: Range<Int>, _ value: Range<Int>?) -> Void) {
        bytes.withUnsafeBytes { all in
            var at = Int(max(keyLength, 0)) + Int(max(valueLength, 0))
            for _ in 0..<headerCount {
                let nameEnd = at + Self.lengthSize + Int(all.loadUnaligned(fromByteOffset: at, as: Int32.self))
                let valueLength = all.loadUnaligned(fromByteOffset: nameEnd, as: Int32.self)
                let valueStart = nameEnd + Self.lengthSize
                let valueEnd = valueStart + Int(max(valueLength, 0))
                visit(
                    at + Self.lengthSize..<nameEnd, valueLength == Self.absent ? nil : valueStart..<valueEnd)
                at = valueEnd
            }
        }
    }
}
