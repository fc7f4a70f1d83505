/// Hides what looks like a payment card's or a social security number in a draft: the customer may yet delete it.
///
/// Digits with at most a few marks and spaces between them are looked at together. A preview that hides too much does
/// little harm, one that hides too little does; only phone numbers as people write them and lists of years stay.
enum Masking {
    /// More marks between two digits make them two numbers.
    private static let gap = 6

    static func masked(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        var run: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            let continues = isDigit(scalar) || (isMark(scalar) && run.suffix(gap).contains(where: isDigit))
            if !continues {
                output.append(contentsOf: hidden(run, after: output.last))
                run = []
                output.append(scalar)
            } else {
                run.append(scalar)
            }
        }
        output.append(contentsOf: hidden(run, after: output.last))
        return String(output)
    }

    private static func hidden(_ run: [Unicode.Scalar], after before: Unicode.Scalar?) -> [Unicode.Scalar] {
        let groups = run.split { !isDigit($0) }.map(Array.init)
        guard isSecret(groups, isInternational: before == "+") else { return run }
        return run.map { isDigit($0) ? "•" : $0 }
    }

    private static func isSecret(_ groups: [[Unicode.Scalar]], isInternational: Bool) -> Bool {
        let digits = groups.reduce(0) { $0 + $1.count }
        // A phone number: with its country up to 15 digits, else 10, or 11 from a 1 on.
        if isInternational { return digits > 15 }
        if digits > 11 || digits == 11 && value(groups[0][0]) != 1 { return true }
        if groups.contains(where: { $0.count == 9 }) { return true }
        return groups.indices.contains { beginsCard(groups[$0...]) || beginsSocialSecurity(groups[$0...]) }
    }

    /// Also while it is being typed. Cards begin with 2 to 6, none with 19 or 20 as years do.
    private static func beginsCard(_ groups: ArraySlice<[Unicode.Scalar]>) -> Bool {
        guard let first = groups.first, first.count == 4, let next = groups.dropFirst().first else { return false }
        let (one, two) = (value(first[0]), value(first[1]))
        return (next.count == 4 || next.count == 6) && ((3...6).contains(one) || one == 2 && two > 1)
    }

    private static func beginsSocialSecurity(_ groups: ArraySlice<[Unicode.Scalar]>) -> Bool {
        groups.count > 2 && groups.prefix(2).map(\.count) == [3, 2]
    }

    /// Of any script.
    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.numericType == .decimal
    }

    private static func value(_ digit: Unicode.Scalar) -> Int {
        Int(digit.properties.numericValue ?? 0)
    }

    /// Neither a letter nor a digit: spaces, also those without a width, and punctuation.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.isAlphabetic && !isDigit(scalar)
    }
}
