import ArgumentParser
import Contracts
import Foundation
import Kafka
import Logging
import Testing

@testable import ServiceKit

@Suite struct SettingsTests {
    private let folder: TemporaryFolder
    private let good: [String: String]

    init() throws {
        folder = try TemporaryFolder()
        let path = try folder.write(
            #"[{"id": "aspen", "name": "Aspen", "timeZone": "America/Denver", "smsNumbers": [], "origins": []}]"#,
            to: "dealerships.json")
        good = [
            "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092", "KAFKA_SASL_PASSWORD": "hunter2hunter2",
            "DIRECTCHAT_STAFF_JWT_SECRET": String(decoding: staffSecret.bytes, as: UTF8.self),
            "DIRECTCHAT_VISITOR_SECRET": String(decoding: visitorSecret.bytes, as: UTF8.self),
            "DIRECTCHAT_DEALERSHIPS": path,
        ]
    }

    private func settings(
        _ arguments: [String] = [], _ changes: [String: String] = [:], needs: Set<ServiceSettings.Need> = []
    ) throws -> ServiceSettings {
        try ServiceSettings(
            name: "ingest", port: 8081, options: ServiceOptions.parse(arguments), needs: needs,
            environment: EnvironmentLookup(good.merging(changes) { $1 }))
    }

    private func problems(
        _ arguments: [String] = [], _ changes: [String: String], needs: Set<ServiceSettings.Need> = []
    ) -> [String] {
        do {
            _ = try settings(arguments, changes, needs: needs)
            return []
        } catch {
            return (error as? ConfigurationError)?.problems ?? ["\(error)"]
        }
    }

    @Test func defaultsAreThoseOfTheDocumentation() throws {
        let settings = try settings()
        #expect(settings.host == "127.0.0.1" && settings.port == 8081)
        #expect(settings.advertise == "http://127.0.0.1:8081")
        #expect(settings.names.prefix == "directchat." && settings.partitions == 12)
        #expect(settings.replicationFactor == 3 && !settings.allowSingleReplica)
        #expect(settings.sessionTimeoutMs == 10_000 && settings.logLevel == .info)
        #expect(settings.dealerships["aspen"]?.name == "Aspen")
        #expect(settings.kafka.properties["sasl.password"] == "hunter2hunter2")
        #expect(!settings.isCheck)
    }

    @Test func flagsGoBeforeVariables() throws {
        let variables = [
            "DIRECTCHAT_PORT": "9000", "DIRECTCHAT_HOST": "10.0.0.7", "DIRECTCHAT_ALLOW_SINGLE_REPLICA": "true",
            "DIRECTCHAT_SESSION_TIMEOUT_MS": "6000", "DIRECTCHAT_TOPIC_PREFIX": "test.", "DIRECTCHAT_PARTITIONS": "4",
            "DIRECTCHAT_ALLOWED_ORIGINS": "https://a.example, http://localhost:8083", "DIRECTCHAT_LOG_LEVEL": "debug",
            "DIRECTCHAT_ADVERTISE": "http://in.example:80/", "DIRECTCHAT_HOST_UNKNOWN": "x",
        ]
        let settings = try settings(["--port", "9001", "--check"], variables)
        #expect(settings.port == 9001 && settings.host == "10.0.0.7" && settings.isCheck)
        #expect(settings.allowSingleReplica && settings.replicationFactor == 1)
        #expect(settings.sessionTimeoutMs == 6_000 && settings.partitions == 4 && settings.names.prefix == "test.")
        #expect(settings.allowedOrigins == ["https://a.example", "http://localhost:8083"])
        #expect(settings.advertise == "http://in.example:80" && settings.logLevel == .debug)
    }

    @Test func everyProblemIsNamedAtOnce() {
        let all = problems(
            ["--port", "70000"],
            [
                "KAFKA_BOOTSTRAP_SERVERS": "", "DIRECTCHAT_DEALERSHIPS": "/nonexistent", "DIRECTCHAT_PARTITIONS": "x",
                "DIRECTCHAT_STAFF_JWT_SECRET": "short", "DIRECTCHAT_ALLOWED_ORIGINS": "https://a.example/",
                "DIRECTCHAT_LOG_LEVEL": "loud", "DIRECTCHAT_ADVERTISE": "in.example", "DIRECTCHAT_TOPIC_PREFIX": "a b",
                "DIRECTCHAT_ALLOW_SINGLE_REPLICA": "perhaps",
            ])
        for word in [
            "--port (DIRECTCHAT_PORT): 70000", "KAFKA_BOOTSTRAP_SERVERS", "/nonexistent", "DIRECTCHAT_PARTITIONS",
            "DIRECTCHAT_STAFF_JWT_SECRET has 5 bytes", "'https://a.example/'", "'loud'", "'in.example'", "'a b'",
            "'perhaps'",
        ] {
            #expect(all.contains { $0.contains(word) }, "\(word) in \(all)")
        }
        #expect(all.count == 10)
    }

    @Test func secretsAreRequiredLongAndNoPlaceholders() {
        #expect(problems([:].keys.map { $0 }, ["DIRECTCHAT_STAFF_JWT_SECRET": ""]).count == 1)
        let repeated = String(repeating: "ab", count: 16)
        #expect(problems([], ["DIRECTCHAT_STAFF_JWT_SECRET": repeated]).first?.contains("placeholder") == true)
        #expect(problems([], ["DIRECTCHAT_VISITOR_SECRET": ""]).isEmpty, "only who issues sessions needs it")
        #expect(problems([], ["DIRECTCHAT_VISITOR_SECRET": ""], needs: [.visitorSecret]).count == 1)
        #expect(problems([], ["DIRECTCHAT_STAFF_JWKS": "https://id.example/keys"]).first?.contains("exclude") == true)
    }

    @Test func nothingPrintedIsSecret() throws {
        let settings = try settings()
        let shown = "\(settings.redacted) \(settings.staffKeys) \(String(reflecting: settings.visitorSecret))"
        for secret in ["hunter2", "staff-secret", "visitor-secret"] { #expect(!shown.contains(secret)) }
        var dumped = ""
        dump(settings.visitorSecret, to: &dumped)
        #expect(!dumped.contains("\(visitorSecret.bytes[0])\n"))
        #expect(throws: ConfigurationError.self) { try settings.secret("DIRECTCHAT_SMS_SECRET") }
        #expect(try settings.secret("DIRECTCHAT_VISITOR_SECRET").bytes == visitorSecret.bytes)
        #expect(settings.env("KAFKA_BOOTSTRAP_SERVERS") == "localhost:9092")
        #expect(settings.env("DIRECTCHAT_NOTHING") == nil)
    }

    @Test func dealershipsAreChecked() throws {
        let path = try folder.write(
            """
            [{"id": "a b", "name": "", "timeZone": "Mars/Base", "smsNumbers": ["123"], "origins": ["*"]},
             {"id": "c", "name": "C", "timeZone": "UTC", "smsNumbers": ["+13035550100"], "origins": [], "color": "red"},
             {"id": "c", "name": "C", "timeZone": "UTC", "smsNumbers": ["+13035550100"], "origins": []}]
            """, to: "bad.json")
        let all = problems([], ["DIRECTCHAT_DEALERSHIPS": path])
        for word in [
            "'a b'", "no name", "Mars/Base", "'123'", "'*'", "c is there twice", "is c's too",
            "color 'red'",
        ] {
            #expect(all.contains { $0.contains(word) }, "\(word)")
        }
        let broken = try folder.write("[{]", to: "broken.json")
        #expect(problems([], ["DIRECTCHAT_DEALERSHIPS": broken]).count == 1)
        #expect(try twoDealerships().owning(smsNumber: "+13035550100")?.id == "aspen")
        #expect(try twoDealerships().owning(smsNumber: "+13035550199") == nil)
    }

    @Test func dealershipsMayHaveAColourAndAGreeting() throws {
        func problems(_ color: String?, _ greeting: String?) -> [String] {
            let dealership = Dealership(id: "a", name: "A", timeZone: "UTC", color: color, greeting: greeting)
            do {
                let found = try #require(try Dealerships([dealership])["a"])
                #expect(found.color == color && found.greeting == greeting)
                return []
            } catch {
                return (error as? ConfigurationError)?.problems ?? ["\(error)"]
            }
        }
        #expect(problems(nil, nil).isEmpty && problems("#0f766E", "Hi 👋").isEmpty)
        for color in ["", "#fff", "#12345", "#1234567", "123456#", "#12345g", "#１２３４５６", "#fff;}*", "\u{301}#12345"] {
            #expect(problems(color, nil).first?.contains("color '\(color)' is none such as") == true, "\(color)")
        }
        #expect(problems(nil, String(repeating: "é", count: 300)).isEmpty)
        for greeting in ["", String(repeating: "é", count: 301)] {
            #expect(problems(nil, greeting) == ["a: greeting is not 1 to 300 characters long"])
        }
        let json = """
            {"id": "a", "name": "A", "timeZone": "UTC", "smsNumbers": [], "origins": [], "color": "#0f766e", "greeting": "Hi"}
            """
        let decoded = try JSONDecoder().decode(Dealership.self, from: Data(json.utf8))
        #expect(decoded.color == "#0f766e" && decoded.greeting == "Hi" && decoded.previews)
    }

    @Test func wildcardIsAdvertisedUnderTheMachinesName() {
        #expect(ServiceSettings.advertised(host: "10.0.0.7", port: 1) == "http://10.0.0.7:1")
        #expect(ServiceSettings.advertised(host: "::1", port: 1) == "http://[::1]:1")
        #expect(!ServiceSettings.advertised(host: "0.0.0.0", port: 1).contains("0.0.0.0"))
    }

    @Test func containersAreToldApart() {
        #expect(ServiceSettings.instance(of: "ingest", process: 1, host: "3f2a91c0ab12") == "ingest-3f2a91c0ab12")
        #expect(ServiceSettings.instance(of: "ingest", process: 4711, host: "m") == "ingest-4711")
    }

    @Test func directoryHasOneProcess() throws {
        let directory = folder.url.appending(path: "data")
        do {
            let first = try DataDirectoryLock(directory)
            #expect { try DataDirectoryLock(directory) } throws: { error in
                let text = "\(error)"
                return text.contains(directory.path)
                    && text.contains("process \(ProcessInfo.processInfo.processIdentifier)")
            }
            withExtendedLifetime(first) {}
        }
        _ = try DataDirectoryLock(directory)
    }
}
