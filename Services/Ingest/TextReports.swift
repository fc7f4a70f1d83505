import Contracts
import Hummingbird
import Metrics
import ServiceKit
import Shards

/// `POST /v1/sms/twilio/status`: reports about texts. Any instance takes one; the fold lets a text only move forward, so
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

    private func keep(_ report: TextReport, of dealership: Dealership, _ correlation: Correlation) async throws {
        // There is no log to append to before.
        guard service.hasTopics else { throw Problem.unknownOutcome }
        let event = Event(
            report.status, id: report.eventId, dealership: dealership.id, service: "ingest", time: service.clock(),
            correlation: correlation)
        let log = service.log
        _ = try await SystemTime().deadline(Limits.reportAppend) { try await log.append(event, to: .messages) }
        let isKnown = TextStatus.rank(report.status.status) != nil
        Counter(
            label: "dc_text_reports", dimensions: [("status", isKnown ? report.status.status : "other")]
        ).increment()
    }
}
