import Foundation

/// Makes the widget's files small: what their readers need and browsers do not stays here.
///
/// It knows the languages as far as our own files use them: no template strings, no comment after code.
enum Squeeze {
    /// Drops comment lines, indentation and the spaces that separate nothing, and gives our own names short ones.
    static func script(_ code: String) -> String {
        var (code, literals) = parted(code)
        let names = shortNames(code)
        // A name after one dot is a property, after three it is not.
        code = code.map { piece in
            piece.replacing(/(\.{0,3})([A-Za-z_][\w$]*)/) { match in
                match.output.1 == "." ? match.output.0 : match.output.1 + (names[match.output.2] ?? match.output.2)
            }
        }
        literals.append("")
        return zip(code, literals).map { $0 + $1 }.joined()
    }

    static func style(_ style: String) -> String {
        lines(style).joined().replacing(/\s*([{};,>])\s*/) { $0.output.1 }.replacing(": ", with: ":")
            .replacing(";}", with: "}")
    }

    /// The code without what separates nothing, and the strings and regular expressions between its pieces. Line breaks
    /// stay where they may end a statement.
    private static func parted(_ text: String) -> (code: [String], literals: [String]) {
        var code: [[Character]] = [[]]
        var literals: [String] = []
        var last: Character = "\n"
        var rest = Array(lines(text).joined(separator: "\n"))[...]
        while let character = rest.first {
            if character == "\"" || character == "/" && "(,=:[!&|?{};\n".contains(last) {
                let literal = Self.literal(rest)
                literals.append(String(literal))
                code.append([])
                last = character
                rest = rest[literal.endIndex...]
                continue
            }
            rest = rest.dropFirst()
            switch character {
            case " ":
                let next = rest.first ?? "\n"
                guard isWord(last) && isWord(next) || "+-".contains(last) && next == last else { continue }
            case "\n":
                guard !"{,;([\n".contains(last) else { continue }
            case "}", ")", "]":
                let isIdle = last == "," || character == "}" && (last == ";" || last == "\n")
                if isIdle, !code[code.count - 1].isEmpty { code[code.count - 1].removeLast() }
            default: break
            }
            code[code.count - 1].append(character)
            last = character
        }
        return (code.map { String($0) }, literals)
    }

    /// For the names that are declared here, and nowhere a property's: what is used most gets the first ones.
    private static func shortNames(_ code: [String]) -> [Substring: Substring] {
        let text = code.joined(separator: "\"\"")
        var names = Set(text.matches(of: /(?:const|let) (\w+)/).map(\.output.1))
        for parameters in text.matches(of: /\(([\w,]*)\)(?:=>|\{)/) {
            names.formUnion(parameters.output.1.split(separator: ","))
        }
        // Keys, and what may be one in short or in a pattern.
        names.subtract(text.matches(of: /(\w+):/).map(\.output.1))
        names.subtract(text.matches(of: /[{,](\w+)(?=[,}])/).map(\.output.1))
        var uses: [Substring: Int] = [:]
        for word in text.matches(of: /(\.{0,3})([A-Za-z_]\w*)/) {
            if word.output.1 == "." { names.remove(word.output.2) } else { uses[word.output.2, default: 0] += 1 }
        }
        func gain(_ name: Substring) -> Int { uses[name, default: 0] * (name.count - 2) }
        let sorted = names.filter { gain($0) > 0 }.sorted { (gain($0), $0) > (gain($1), $1) }
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let short = letters.map { "$\($0)"[...] } + letters.map { "$$\($0)"[...] }
        return Dictionary(uniqueKeysWithValues: zip(sorted, short))
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("//") }
    }

    /// The string or regular expression that `text` begins with.
    private static func literal(_ text: ArraySlice<Character>) -> ArraySlice<Character> {
        let quote = text[text.startIndex]
        var isEscaped = false
        var isInClass = false
        for index in text.indices.dropFirst() {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == quote, !isInClass {
                return text[...index]
            } else if quote == "/" {
                isInClass = character == "[" || isInClass && character != "]"
            }
        }
        return text
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }
}
