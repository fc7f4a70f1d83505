import Contracts
import Foundation
import Kafka
import Logging

/// Reads a flag, else its variable, and collects what is wrong instead of stopping at the first problem.
struct SettingsReader {
    let env: EnvironmentLookup
    var problems: [String] = []

    init(_ env: EnvironmentLookup) {
        self.env = env
    }

    private func label(_ name: String) -> String {
        "--\(name.lowercased().replacing("_", with: "-")) (DIRECTCHAT_\(name))"
    }

    mutating func check(_ isFine: Bool, _ problem: String) {
        if !isFine { problems.append(problem) }
    }

    func text(_ flag: String?, _ name: String) -> String? {
        flag ?? env("DIRECTCHAT_\(name)")
    }

    mutating func integer(_ flag: Int?, _ name: String, in range: ClosedRange<Int>) -> Int? {
        let value: Int
        if let flag {
            value = flag
        } else if let text = env("DIRECTCHAT_\(name)") {
            guard let number = Int(text) else {
                problems.append("\(label(name)): '\(text)' is no whole number")
                return nil
            }
            value = number
        } else {
            return nil
        }
        check(
            range.contains(value), "\(label(name)): \(value) is not within \(range.lowerBound) to \(range.upperBound)")
        return range.contains(value) ? value : nil
    }

    mutating func flag(_ name: String) -> Bool {
        guard let text = env("DIRECTCHAT_\(name)") else { return false }
        switch text.lowercased() {
        case "1", "true", "yes": return true
        case "0", "false", "no": return false
        default:
            problems.append("\(label(name)): '\(text)' is neither true nor false")
            return false
        }
    }

    mutating func identifier(_ flag: String?, _ name: String) -> String? {
        guard let value = text(flag, name) else { return nil }
        check(Identifier.isValid(value), "\(label(name)): '\(value)' is no id (1 to 64 of A-Z a-z 0-9 _ -)")
        return value
    }

    mutating func baseURL(_ flag: String?, _ name: String) -> String? {
        guard var value = text(flag, name) else { return nil }
        while value.hasSuffix("/") { value.removeLast() }
        check(Origin.isValid(value), "\(label(name)): '\(value)' is no base URL such as http://10.0.0.7:8083")
        return value
    }

    mutating func origins(_ flag: String?, _ name: String) -> Set<String> {
        let list = (text(flag, name) ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        for origin in list {
            check(Origin.isValid(origin), "\(label(name)): '\(origin)' is no origin such as https://www.example.com")
        }
        return Set(list)
    }

    mutating func logLevel(_ name: String) -> Logger.Level {
        guard let text = env("DIRECTCHAT_\(name)") else { return .info }
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            problems.append("DIRECTCHAT_\(name): '\(text)' is none of trace, debug, info, notice, warning, error")
            return .info
        }
        return level
    }

    mutating func kafka(clientId: String) -> KafkaConfiguration {
        if let configuration = KafkaConfiguration.environment(env.variables, clientId: clientId) {
            return configuration
        }
        problems.append("KAFKA_BOOTSTRAP_SERVERS is not set (host:port, comma-separated)")
        return KafkaConfiguration(bootstrapServers: "", clientId: clientId)
    }

    mutating func secret(_ variable: String, required: Bool) -> Secret? {
        guard let text = env(variable) else {
            check(!required, "\(variable) is not set")
            return nil
        }
        let bytes = Array(text.utf8)
        guard bytes.count >= Limits.secretBytes else {
            problems.append("\(variable) has \(bytes.count) bytes: fewer than \(Limits.secretBytes) can be guessed")
            return nil
        }
        // A placeholder is long enough by repetition.
        guard Set(bytes).count > 4 else {
            problems.append("\(variable) is a placeholder")
            return nil
        }
        return Secret(bytes)
    }

    mutating func staffKeys() -> StaffKeySource {
        let keys = env("DIRECTCHAT_STAFF_JWKS")
        let hasSecret = env("DIRECTCHAT_STAFF_JWT_SECRET") != nil
        if let keys {
            check(!hasSecret, "DIRECTCHAT_STAFF_JWKS and DIRECTCHAT_STAFF_JWT_SECRET exclude each other")
            if let url = URL(string: keys), let scheme = url.scheme {
                check(
                    ["https", "http", "file"].contains(scheme),
                    "DIRECTCHAT_STAFF_JWKS: '\(scheme):' is neither a file nor https")
                return scheme == "file" ? .file(url.path) : .url(keys)
            }
            check(
                FileManager.default.isReadableFile(atPath: keys), "DIRECTCHAT_STAFF_JWKS: cannot read \(keys)")
            return .file(keys)
        }
        guard hasSecret else {
            problems.append("neither DIRECTCHAT_STAFF_JWT_SECRET nor DIRECTCHAT_STAFF_JWKS is set")
            return .secret(Secret([]))
        }
        return .secret(secret("DIRECTCHAT_STAFF_JWT_SECRET", required: true) ?? Secret([]))
    }

    mutating func dealerships(_ flag: String?, _ name: String) -> Dealerships {
        let none = Dealerships()
        guard let path = text(flag, name) else {
            problems.append("\(label(name)) is not set")
            return none
        }
        do {
            return try Dealerships(path: path)
        } catch {
            problems += (error as? ConfigurationError)?.problems ?? ["\(error)"]
            return none
        }
    }
}
