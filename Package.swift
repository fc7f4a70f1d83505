// swift-tools-version: 6.1
import PackageDescription

/// Every target is Swift 6, and a warning is an error in our own code's review: `compose/test` fails on any.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")

/// The staff's page; `ConsoleFiles.swift` serves each.
let consoleFiles = [
    "activity.js", "api.js", "app.js", "attachments.js", "base.css", "bubble.js", "card.css", "channels.js",
    "composer.js", "connection.js", "console.html", "contact.js", "contacts.js", "dealcard.js", "dealfacts.js",
    "deals.js", "dealslist.js", "desk.js", "dom.js", "draft.js", "events.js", "feed.js", "filters.js", "head.js",
    "icon.svg", "keys.js", "links.js", "list.js", "log.js", "memory.js", "menu.css", "menu.js", "notices.js",
    "outbox.js", "presence.js", "preview.js", "qualify.js", "router.js", "row.js", "segments.js", "session.js",
    "signin.js", "sse.js", "support.js", "tabs.js", "talk.js", "textfirst.js", "texting.js", "texttools.js",
    "thread.css", "thread.js", "topbar.js", "typing.js", "visitor.js", "words.js",
]

let package = Package(
    name: "DirectChat",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ingest", targets: ["Ingest"]),
        .executable(name: "presence", targets: ["Presence"]),
        .executable(name: "conversations", targets: ["Conversations"]),
        .executable(name: "qualification", targets: ["Qualification"]),
        .executable(name: "replay", targets: ["Replay"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CRdKafka", path: "Shared/CRdKafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
        .target(
            name: "Kafka", dependencies: ["CRdKafka", log, metrics], path: "Shared/Kafka", swiftSettings: settings),
        .target(
            name: "Contracts", dependencies: [crypto], path: "Shared/Contracts", exclude: ["schemas", "asyncapi.yaml"],
            swiftSettings: settings),
        .target(
            name: "Shards", dependencies: ["Kafka", "Contracts", grdb, crypto, log, metrics], path: "Shared/Shards",
            swiftSettings: settings),
        .target(
            name: "ServiceKit",
            dependencies: [
                "Kafka", "Contracts", "Shards", hummingbird, httpClient, lifecycle, arguments, configuration, crypto,
                jwt, log, metrics, grdb,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], path: "Shared/ServiceKit", swiftSettings: settings),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: [
                "ServiceKit", "Shards", "Kafka", "Contracts", hummingbird, httpClient, lifecycle, arguments, crypto,
                jwt,
                log, grdb, .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ], path: "Tests/ServiceKitTests", swiftSettings: settings),
        service(
            "Ingest",
            resources: [
                "start", "storage", "session", "outbox", "draft", "beat", "stream", "element", "thread", "contact",
                "view", "main",
            ].map { .embedInCode("Widget/\($0).js") } + [
                .embedInCode("Widget/style.css"), .embedInCode("Demo/demo.html"), .embedInCode("Demo/demo.css"),
            ]),
        service("Presence"),
        service(
            "Conversations",
            resources: consoleFiles.map { .embedInCode("Console/\($0)") }),
        service("Qualification"),
        .executableTarget(
            name: "Replay",
            dependencies: [
                "Kafka", "Contracts", "Shards", "ServiceKit", arguments, crypto, httpClient, log,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Services/Replay", swiftSettings: settings),
        .target(
            name: "TestKit", dependencies: ["CRdKafka", "Kafka"], path: "Tests/TestKit", swiftSettings: settings),
        .executableTarget(
            name: "MockBroker", dependencies: ["CRdKafka", "TestKit", arguments], path: "Tests/MockBroker",
            swiftSettings: settings),
        .target(
            name: "Simulation",
            dependencies: [
                "Kafka", "Contracts", "Shards", grdb, .product(name: "GRDBSQLite", package: "GRDB.swift"), log,
            ], path: "Tests/Simulation", swiftSettings: settings),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Simulation", "Ingest", "Presence", "Conversations", "Qualification", "ServiceKit", "Shards", "Kafka",
                "Contracts", grdb, log,
            ],
            path: "Tests/SimulationTests", swiftSettings: settings),
        .executableTarget(
            name: "LoopMember", dependencies: ["Kafka", "Shards", "Contracts", grdb, arguments, log],
            path: "Tests/LoopMember", swiftSettings: settings),
        .testTarget(
            name: "KafkaTests", dependencies: ["CRdKafka", "Kafka", "TestKit", log], path: "Tests/KafkaTests",
            swiftSettings: settings),
        .testTarget(
            name: "ContractsTests", dependencies: ["Contracts"], path: "Tests/ContractsTests", swiftSettings: settings),
        .testTarget(
            name: "ShardsTests",
            dependencies: ["Shards", "Kafka", "Contracts", "TestKit", "Simulation", "LoopMember", grdb, log],
            path: "Tests/ShardsTests",
            swiftSettings: settings),
        .testTarget(
            name: "ConversationsTests",
            dependencies: [
                "Conversations", "ServiceKit", "Shards", "Kafka", "Contracts", "TestKit", grdb, log, hummingbird, jwt,
                arguments,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Tests/ConversationsTests", swiftSettings: settings),
        .testTarget(
            name: "IngestTests",
            dependencies: [
                "Ingest", "ServiceKit", "Shards", "Kafka", "Contracts", hummingbird, httpClient, grdb, crypto, log,
                arguments, .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/IngestTests", swiftSettings: settings),
        .testTarget(
            name: "QualificationTests",
            dependencies: [
                "Qualification", "ServiceKit", "Kafka", "Shards", "Contracts", grdb,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Tests/QualificationTests", swiftSettings: settings),
        .testTarget(
            name: "PresenceTests", dependencies: ["Presence", "Kafka", "Shards", "Contracts", grdb],
            path: "Tests/PresenceTests", swiftSettings: settings),
        .testTarget(
            name: "ReplayTests", dependencies: ["Replay", "Kafka", "Contracts", arguments], path: "Tests/ReplayTests",
            swiftSettings: settings),
        .executableTarget(
            name: "Benchmarks", dependencies: ["Kafka", "Shards", "Contracts", grdb, arguments, log],
            path: "Tests/Benchmarks/Swift", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

/// Services import Shared, never each other.
func service(_ name: String, resources: [Resource] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "Kafka", "Contracts", "Shards", "ServiceKit", hummingbird, httpClient, grdb, arguments, lifecycle, log,
            metrics, crypto,
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ],
        path: "Services/\(name)", resources: resources, swiftSettings: settings)
}
