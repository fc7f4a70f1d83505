/// Hides what looks like a payment card's or a social security number in a draft: the customer may yet delete it.
///
/// Digits in runs, with one space, dash or dot between, are looked at together. Hidden are runs of 12 digits and more,
/// groups of four and more from the start (a card while it is being typed), 3-2-4 and nine digits in one piece. Phone
/// numbers of seven, ten and eleven digits stay.
enum Masking {
    static func masked(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        var run: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            let continues = isDigit(scalar) || (isSeparator(scalar) && run.last.map(isDigit) == true)
            if !continues {
                output.append(contentsOf: hidden(run))
                run = []
                output.append(scalar)
            } else {
                run.append(scalar)
            }
        }
        output.append(contentsOf: hidden(run))
        return String(output)
    }

    private static func hidden(_ run: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let groups = run.split(whereSeparator: isSeparator).map(\.count)
        guard isSecret(groups) else { return run }
        return run.map { isDigit($0) ? "•" : $0 }
    }

    private static func isSecret(_ groups: [Int]) -> Bool {
        let digits = groups.reduce(0, +)
        if digits >= 12 || groups == [9] { return true }
        guard groups.count > 1 else { return false }
        if groups[0] == 4, groups[1] == 4 || groups.count > 2 { return true }
        return groups.count == 3 && groups[0] == 3 && groups[1] == 2
    }

    /// Of any script.
    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.numericType == .decimal
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "-" || scalar == "." || scalar == "\u{A0}"
    }
}
