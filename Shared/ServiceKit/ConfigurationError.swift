/// What is wrong with how the process was started: all of it at once, each naming its flag or variable.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [String]

    public init(_ problems: [String]) {
        self.problems = problems
    }

    public init(_ problem: String) {
        self.init([problem])
    }

    public var description: String { problems.joined(separator: "\n       ") }
}
