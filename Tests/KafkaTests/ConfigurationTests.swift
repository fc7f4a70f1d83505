import Kafka
import Testing

struct ConfigurationTests {
    @Test func comesFromTheEnvironment() throws {
        #expect(KafkaConfiguration.environment(["KAFKA_SASL_USERNAME": "u"]) == nil)
        let configuration = try #require(
            KafkaConfiguration.environment([
                "KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2", "KAFKA_SASL_PASSWORD": "geheim", "KAFKA_CLIENT_ID": "me",
                "HOME": "/",
            ]))
        #expect(configuration.bootstrapServers == "a:1,b:2")
        #expect(configuration.clientId == "me")
        #expect(configuration.properties == ["sasl.password": "geheim"])
        #expect(!configuration.redacted.contains("geheim"))
        #expect("\(configuration)".contains("sasl.password=***"))
    }

    @Test func anUnknownPropertyIsNamed() {
        let configuration = KafkaConfiguration(
            bootstrapServers: "localhost:1", clientId: "test", properties: ["no.such.thing": "1"])
        #expect {
            try KafkaProducer(configuration: configuration, kind: .kept, logger: quiet)
        } throws: { error in
            "\(error)".contains("no.such.thing")
        }
    }
}
