/// Pictures that a network makes before and after a retraining, beside what they should be.
package struct PictureComparison: Sendable, Equatable {
    /// One picture.
    package struct Picture: Sendable, Equatable {
        /// What it is: `input`, `truth`, `before`, `after`.
        package let role: String
        /// How good it is, in words; empty where there is nothing to say.
        package let note: String
        /// The picture as PNG.
        package let png: [UInt8]

        /// Names all of it.
        package init(role: String, note: String, png: [UInt8]) {
            self.role = role
            self.note = note
            self.png = png
        }
    }

    /// One change of one picture, from the left.
    package struct Row: Sendable, Equatable {
        /// Which picture, and what is changed.
        package let title: String
        /// The pictures, from the left.
        package let pictures: [Picture]

        /// Names all of it.
        package init(title: String, pictures: [Picture]) {
            self.title = title
            self.pictures = pictures
        }
    }

    /// Who made the pictures, and on what, in sentences.
    package let words: String
    /// The changes, from the top.
    package let rows: [Row]

    /// Names all of it.
    package init(words: String, rows: [Row]) {
        self.words = words
        self.rows = rows
    }
}

extension PictureComparison {
    /// The rows as part of a page.
    var markup: Markup {
        let rows = rows.flatMap { row in
            [
                Markup.element("h3", [:], Markup(row.title)),
                .element(
                    "div",
                    ["class": "row", "role": "group", "aria-label": row.title],
                    row.pictures.map { figure($0, of: row) }
                ),
            ]
        }
        return Markup([.element("p", [:], Markup(words))] + rows)
    }

    private func figure(_ picture: Picture, of row: Row) -> Markup {
        let caption = picture.note.isEmpty ? picture.role : "\(picture.role): \(picture.note)"
        return .element(
            "figure",
            [:],
            .void(
                "img",
                [
                    "src": "data:image/png;base64,\(Base64.text(picture.png))",
                    "alt": "\(row.title), \(caption)",
                ]
            ),
            .element("figcaption", [:], Markup(caption))
        )
    }
}
