/// A car that the demonstration page offers.
struct DemoCar {
    let stock: String
    let year: Int
    let name: String
    let trim: String
    let miles: String
    let price: String
    let body: Body
    /// Index of a paint in demo.css.
    let paint: Int

    enum Body {
        case suv, sedan, truck
    }

    static let all = [
        DemoCar(
            stock: "12886", year: 2023, name: "Alder Ridge", trim: "EX-L AWD", miles: "18,412", price: "$29,450",
            body: .suv, paint: 0),
        DemoCar(
            stock: "12901", year: 2024, name: "Brook Sedan", trim: "Touring", miles: "6,120", price: "$27,900",
            body: .sedan, paint: 1),
        DemoCar(
            stock: "12914", year: 2022, name: "Cedar 1500", trim: "Crew Cab 4x4", miles: "31,075", price: "$38,250",
            body: .truck, paint: 2),
        DemoCar(
            stock: "12933", year: 2021, name: "Alder Ridge", trim: "Sport", miles: "40,388", price: "$22,700",
            body: .suv, paint: 3),
        DemoCar(
            stock: "12940", year: 2023, name: "Brook Hybrid", trim: "SE", miles: "12,904", price: "$26,150",
            body: .sedan, paint: 5),
        DemoCar(
            stock: "12957", year: 2020, name: "Cedar 2500", trim: "Work Truck", miles: "58,233", price: "$33,400",
            body: .truck, paint: 4),
    ]

    var title: String { "\(year) \(name)" }

    /// Drawn from the side.
    var picture: String {
        let (shell, windows) =
            switch body {
            case .suv:
                (
                    "M28 118V92q2-8 12-10l26-4 24-30q4-5 11-5h78q8 0 13 5l26 31 36 6q12 2 13 13v20q0 5-6 5H34q-6 0-6-5z",
                    "M84 76l17-22q2-3 6-3h30v25zM145 51h31q5 0 8 3l20 22h-59z"
                )
            case .sedan:
                (
                    "M24 118v-16q1-9 12-11l36-6 32-25q6-5 14-5h44q9 0 16 5l28 24 44 7q14 2 15 14v13q0 5-6 5H30q-6 0-6-5z",
                    "M90 84l22-18q3-3 8-3h21v21zM149 63h14q6 0 10 3l20 18h-44z"
                )
            case .truck:
                (
                    "M20 118V86q0-4 4-4h96V58q0-8 9-8h44q8 0 12 6l22 27 40 6q13 2 14 14v15q0 5-6 5H26q-6 0-6-5z",
                    "M134 80V64q0-4 4-4h32q4 0 7 4l12 16z"
                )
            }
        return """
            <svg class="picture" viewBox="0 0 290 160" role="img" aria-label="\(title)">
            <ellipse class="shade" cx="145" cy="136" rx="125" ry="8"/><path class="b\(paint)" d="\(shell)"/>\
            <path class="glass" d="\(windows)"/><path class="light" d="M252 94h12v9h-14z"/>\
            <circle class="tyre" cx="76" cy="121" r="20"/><circle class="rim" cx="76" cy="121" r="10"/>\
            <circle class="tyre" cx="216" cy="121" r="20"/><circle class="rim" cx="216" cy="121" r="10"/></svg>
            """
    }
}
