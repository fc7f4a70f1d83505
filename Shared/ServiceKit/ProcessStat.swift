/// What Linux says of a process in `/proc/<pid>/stat`.
struct ProcessStat: Equatable {
    /// User and system, in clock ticks.
    var processorTicks: Int64
    var threads: Int64
    /// Since the machine's start, in clock ticks.
    var startTicks: Int64
    var virtualBytes: Int64
    var residentPages: Int64

    /// - Returns: nil for what is no such line.
    init?(_ text: String) {
        // The program's name comes second, in brackets, and may have blanks and brackets itself.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
        // From the third field on: `state` is the first here.
        func field(_ number: Int) -> Int64? { fields.count > number - 3 ? Int64(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        processorTicks = user + system
        self.threads = threads
        startTicks = start
        virtualBytes = virtual
        residentPages = resident
    }

    /// When the machine started, in seconds since 1970, from `/proc/stat`.
    static func bootTime(_ text: String) -> Int64? {
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Int64($0.dropFirst(6)) }
    }
}
