import AcceleratorRuntime
import Testing

@Suite struct RetrainingReportPageTests {
    private func page(
        sheet: [UInt8]? = [0x89, 0x50, 0x4E, 0x47],
        _ change: (inout RetrainingReport) -> Void = { _ in }
    ) throws -> String {
        var report = try SampleReport.report
        change(&report)
        return RetrainingReportPage(report, sheet: sheet).html
    }

    @Test func isWellFormed() throws {
        for page in [
            try page(), try page(sheet: nil), try page { $0.ledger = .notComputed },
            try page { $0.losses = [] }, try page { $0.skipped = [] },
        ] {
            #expect(MarkupCheck(page).complaints == [])
        }
    }

    @Test(arguments: [
        ("<p>a</b></p>", "</b> closes another element"), ("<p>a & b</p>", "a bare &"),
        ("<p class=x>a</p>", "is not quoted"), ("<p>", "not closed"), ("<p>a > b</p>", "a > in"),
        ("<p id=\"1\" id=\"2\"></p>", "twice"), ("<>", "an element called ''"),
        ("<p/>", "outside of SVG"),
    ])
    func theCheckComplains(markup: String, words: String) {
        let complaints = MarkupCheck("<!DOCTYPE html>\n" + markup).complaints
        #expect(complaints.contains { $0.contains(words) }, "\(complaints)")
    }

    @Test func needsNothingElse() throws {
        let page = try page()
        let check = MarkupCheck(page)
        for element in ["script", "link", "a", "iframe", "object", "use", "image"] {
            #expect(check.counts[element] == nil, "\(element)")
        }
        #expect(check.attributes["img src"]?.allSatisfy { $0.hasPrefix("data:") } == true)
        // The one address is the name of SVG, which is not fetched.
        let rest = page.replacing("xmlns=\"http://www.w3.org/2000/svg\"", with: "")
        for words in ["http:", "https:", "//", "@import", "url(", "src=\"h", "href"] {
            #expect(!rest.contains(words), "\(words)")
        }
    }

    @Test func holdsTheSheetOfPictures() throws {
        let check = MarkupCheck(try page(sheet: Array("Man is dis".utf8)))
        #expect(check.attributes["img src"] == ["data:image/png;base64,TWFuIGlzIGRpcw=="])
        let words = try #require(check.attributes["img alt"]?.first)
        #expect(words.contains("before and after the retraining"))
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ])
    func encodesBytesAsTheStandardDoes(bytes: String, text: String) throws {
        let check = MarkupCheck(try page(sheet: Array(bytes.utf8)))
        #expect(check.attributes["img src"] == ["data:image/png;base64," + text])
    }

    @Test func namesAreTextNotMarkup() throws {
        let page = try page()
        #expect(!page.contains("<b>"))
        #expect(page.contains("&lt;b&gt;&amp;&quot;&#39;smile.png"))
        #expect(page.contains("it is no picture but &lt;text&gt;"))
        let odd = try self.page { $0.startedFrom = "a\u{1}b\u{7F}" }
        #expect(odd.contains("a\u{FFFD}b\u{FFFD}"))
    }

    @Test func canBeReadWithoutSeeingIt() throws {
        let check = MarkupCheck(try page())
        #expect(check.counts["h1"] == 1)
        #expect(check.counts["table"] == check.counts["caption"])
        #expect(check.counts["svg"] == check.attributes["div role"]?.count { $0 == "img" })
        #expect(check.counts["div"] == check.attributes["div aria-label"]?.count)
        #expect(check.attributes["html lang"] == ["en"])
        #expect(check.attributes["th scope"]?.count == check.counts["th"])
    }

    @Test func followsTheReadersChoiceOfLightOrDark() throws {
        #expect(try page().contains("@media (prefers-color-scheme: dark)"))
    }

    @Test func showsEveryPartOrWhyItIsNotThere() throws {
        let page = try page()
        for words in [
            "Retraining on emulator", "53.4 %", "250 mW", "Verdict: the plan lost nothing",
            "generator main.0", "inferred &lt;I&gt;", "reconstruction over 3 epochs",
            "Multiply-accumulates of each layer", "commands of no layer", "the model differs",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        let absent = try self.page(sheet: nil) { $0.ledger = .absent(reason: "no <model>") }
        #expect(absent.contains("Nothing to show: no &lt;model&gt;."))
        #expect(absent.contains("There is no sheet."))
    }

    @Test func everyEpochOfALossHasAPoint() throws {
        // Six losses over three epochs; the sample's second epoch has no generator_class.
        let check = MarkupCheck(try page())
        #expect(check.counts["circle"] == 17)
        #expect(check.counts["polyline"] == 6)
    }
}
