/// A strict little reader of HTML: what it complains of, a browser might forgive.
struct MarkupCheck {
    /// What is wrong, in order.
    private(set) var complaints: [String] = []
    /// The values of attributes by element and name: `img src`.
    private(set) var attributes: [String: [String]] = [:]
    /// How often each element occurs.
    private(set) var counts: [String: Int] = [:]

    private static let voids: Set<String> = ["meta", "img"]
    private static let entities: Set<String> = ["amp", "lt", "gt", "quot", "#39"]
    private var open: [String] = []

    /// Reads a page that begins with its doctype.
    init(_ page: String) {
        let doctype = "<!DOCTYPE html>\n"
        guard page.hasPrefix(doctype) else {
            complaints.append("no doctype")
            return
        }
        var rest = page.dropFirst(doctype.count)
        while let start = rest.firstIndex(of: "<") {
            checkText(rest[..<start])
            guard let end = rest[start...].firstIndex(of: ">") else {
                complaints.append("a tag does not end")
                return
            }
            read(rest[rest.index(after: start)..<end])
            rest = rest[rest.index(after: end)...]
        }
        checkText(rest)
        if !open.isEmpty { complaints.append("not closed: \(open)") }
    }

    private mutating func checkText(_ text: Substring) {
        if open.last == "style" { return }
        if text.contains(">") { complaints.append("a > in the text \(text.prefix(40))") }
        checkEntities(text)
        let isBlank = text.allSatisfy { $0.isWhitespace }
        if open.isEmpty, !isBlank { complaints.append("text outside of the page: \(text)") }
    }

    private mutating func checkEntities(_ text: Substring) {
        for piece in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
            let name = piece.prefix { $0 != ";" }
            if name.count == piece.count || !Self.entities.contains(String(name)) {
                complaints.append("a bare & before \(piece.prefix(20))")
            }
        }
    }

    private mutating func read(_ tag: Substring) {
        if tag.hasSuffix("/") {
            // An element of SVG without content.
            let name = tag.prefix { $0 != " " }
            counts[String(name), default: 0] += 1
            if !open.contains("svg") { complaints.append("<\(name)/> outside of SVG") }
            readAttributes(tag.dropLast().dropFirst(name.count), of: String(name))
            return
        }
        if tag.hasPrefix("/") {
            let name = String(tag.dropFirst())
            if open.popLast() != name { complaints.append("</\(name)> closes another element") }
            return
        }
        let name = String(tag.prefix { $0 != " " })
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber }) else {
            complaints.append("an element called '\(name)'")
            return
        }
        counts[name, default: 0] += 1
        readAttributes(tag.dropFirst(name.count), of: name)
        if !Self.voids.contains(name) { open.append(name) }
    }

    /// Reads ` name="value"` as often as it occurs; nothing else may be there.
    private mutating func readAttributes(_ text: Substring, of element: String) {
        var rest = text
        var names: Set<String> = []
        while !rest.isEmpty {
            guard rest.first == " ", let equals = rest.firstIndex(of: "=") else {
                complaints.append("attributes of \(element): \(rest.prefix(40))")
                return
            }
            let name = String(rest[..<equals].dropFirst())
            let quoted = rest[rest.index(after: equals)...]
            guard quoted.first == "\"", let end = quoted.dropFirst().firstIndex(of: "\"") else {
                complaints.append("\(name) of \(element) is not quoted")
                return
            }
            let value = quoted.dropFirst()[..<end]
            checkEntities(value)
            if !names.insert(name).inserted { complaints.append("\(element) has \(name) twice") }
            attributes["\(element) \(name)", default: []].append(String(value))
            rest = quoted[quoted.index(after: end)...]
        }
    }
}
