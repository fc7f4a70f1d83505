import Foundation
import Metrics
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The process's own figures, under the names that every Prometheus client has for them. Linux only: elsewhere nobody
/// runs this in production.
final class ProcessGauges: Sendable {
    private let dataDirectory: URL
    private let processor = FloatingPointCounter(label: "process_cpu_seconds_total")
    private let counted = Mutex(0.0)
    private let resident = Meter(label: "process_resident_memory_bytes")
    private let virtual = Meter(label: "process_virtual_memory_bytes")
    private let open = Meter(label: "process_open_fds")
    private let most = Meter(label: "process_max_fds")
    private let threads = Meter(label: "process_threads")
    private let started = Meter(label: "process_start_time_seconds")
    private let free = Meter(label: "dc_disk_free_bytes")
    private let size = Meter(label: "dc_disk_size_bytes")

    init(service: String, dataDirectory: URL) {
        self.dataDirectory = dataDirectory
        Meter(label: "dc_build_info", dimensions: [("service", service), ("version", Version.current)]).set(1)
    }

    func measure() {
        setFree()
        #if os(Linux)
            guard let stat = Self.text("/proc/self/stat").flatMap(ProcessStat.init) else { return }
            let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
            let seconds = Double(stat.processorTicks) / ticks
            let more = counted.withLock { counted in
                defer { counted = seconds }
                return seconds - counted
            }
            processor.increment(by: max(0, more))
            resident.set(Double(stat.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE))))
            virtual.set(stat.virtualBytes)
            threads.set(stat.threads)
            if let boot = Self.text("/proc/stat").flatMap(ProcessStat.bootTime) {
                started.set(Double(boot) + Double(stat.startTicks) / ticks)
            }
            setFiles()
        #endif
    }

    /// What a full disk stops first is the spool and the shards' files.
    private func setFree() {
        var disk = statvfs()
        guard statvfs(dataDirectory.path, &disk) == 0 else { return }
        free.set(Double(disk.f_bavail) * Double(disk.f_frsize))
        size.set(Double(disk.f_blocks) * Double(disk.f_frsize))
    }

    #if os(Linux)
        private func setFiles() {
            if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                // The folder itself is open while it is read.
                open.set(files.count - 1)
            }
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0 else { return }
            most.set(Double(limit.rlim_cur))
        }
    #endif

    private static func text(_ path: String) -> String? {
        // Read to the end, since such files say that they are empty.
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
