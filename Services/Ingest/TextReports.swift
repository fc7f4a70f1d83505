import Contracts
import Hummingbird
import Metrics
import ServiceKit
import Shards

/// `POST /v1/sms/twilio/status`: reports about texts. Any instance takes one, also while Kafka is away; the fold lets a text only move forward, so
/// that neither repeats nor a wrong order matter.
extension IngestService {
    func addTextReports(to router: Router<AppContext>) {
        router.post("v1/sms/twilio/status") { request, context in
            let twilio = try requireTwilio()
            let form = FormBody(try await request.form(upTo: Limits.webhookBytes))
            try check(request, form, twilio, url: twilio.signedStatusURL(query: request.uri.query))
            let report = try TextReport(form) { request.query($0) }
            guard report.accountSid == twilio.accountSid else { throw Self.foreignAccount }
            guard let dealership = service.dealerships[report.dealership] else {
                throw Problem(.notFound, "unknown-dealership", "there is no such dealership", field: "dealership")
            }
            try await keep(report, of: dealership, context.correlation)
            return Response.noContent
        }
    }

    /// As a customer's message: the provider calls once, and does not ask again by itself.
    private func keep(_ report: TextReport, of dealership: Dealership, _ correlation: Correlation) async throws {
        let entry = SpoolEntry(
            report, dealership: dealership.id, partition: service.log.partition(of: dealership.id),
            at: service.clock(), correlation: correlation)
        do {
            _ = try await pump.accept(entry)
        } catch let refusal as SpoolRefusal {
            throw Problem(refusal)
        }
        let isKnown = TextStatus.rank(report.status.status) != nil
        Counter(
            label: "dc_text_reports", dimensions: [("status", isKnown ? report.status.status : "other")]
        ).increment()
    }
}
