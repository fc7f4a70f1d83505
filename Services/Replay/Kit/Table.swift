/// Columns for people.
enum Table {
    /// - Parameter rows: the first one has the headings; columns of numbers alone stand to the right.
    static func lines(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        func cell(_ row: [String], _ column: Int) -> String { column < row.count ? row[column] : "" }
        let widths = (0..<columns).map { column in rows.map { cell($0, column).count }.max() ?? 0 }
        let isNumber = (0..<columns).map { column in
            rows.dropFirst().allSatisfy { Double(cell($0, column)) != nil || ["-", ""].contains(cell($0, column)) }
        }
        return rows.map { row in
            let cells = (0..<columns).map { column in
                let text = cell(row, column)
                let space = String(repeating: " ", count: widths[column] - text.count)
                return isNumber[column] ? space + text : text + space
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
