import AcceleratorRuntime
import ModelGraph
import Testing

@Suite struct RetrainingReportTests {
    private static let document = "out/report.json"

    private func field(_ report: RetrainingReport) throws -> JSONField {
        try JSONField(parsing: report.document.serialized(.indented), document: Self.document)
    }

    private func read(_ value: StrictJSON) throws -> RetrainingReport {
        try RetrainingReport(JSONField(value, document: Self.document))
    }

    /// A document with the value at a path replaced, or left out where it is nil.
    private func changed(
        _ document: StrictJSON,
        _ path: [String],
        _ value: StrictJSON?
    ) throws -> StrictJSON {
        guard case .object(var members) = document, let key = path.first else {
            throw JSONError(at: path.joined(separator: "."), "no object")
        }
        if path.count == 1 {
            members[key] = value
        } else {
            members[key] = try changed(try #require(members[key]), Array(path.dropFirst()), value)
        }
        return .object(members)
    }

    @Test func readsBackWhatItWrote() throws {
        let report = try SampleReport.report
        let read = try RetrainingReport(field(report))
        #expect(read == report)
        #expect(try field(read).value == field(report).value)
    }

    @Test func readsBackWhatIsAbsent() throws {
        var report = try SampleReport.report
        report.ledger = .notComputed
        #expect(try RetrainingReport(field(report)) == report)
        report.ledger = SampleReport.ledger
        report.ledger.chip = .absent(reason: "no profile was named")
        report.ledger.quality = .known(
            SampleReport.quality(full: .absent(reason: "no full retraining was run"))
        )
        #expect(try RetrainingReport(field(report)) == report)
    }

    private static let numbers = [
        "chip.seconds", "chip.energyJoules", "chip.averagePowerWatts", "dram.energyJoules",
        "selret.reduction.total", "selret.reduction.errorAndWeightGradient",
        "selret.reduction.weightGradient", "rolin.reduction.forward", "rolin.reduction.error",
    ]

    @Test func everyKeyIsThereWithItsNumber() throws {
        let report = try field(SampleReport.report)
        let known = [
            "wallSeconds", "traffic.bytes.forward", "traffic.bytes.error",
            "traffic.bytes.weightGradient", "traffic.bytes.update", "computation.macs.forward",
            "computation.macs.error", "computation.macs.weightGradient",
        ]
        for path in known + Self.numbers {
            _ = try path.split(separator: ".").reduce(report) { try $0[String($1)] }.number()
        }
        #expect(try report["schema"].integer() == 2)
        #expect(try report["device"].string() == "emulator")
        #expect(try report["chip"]["averagePowerWatts"].number() == 0.25)
        #expect(try report["selret"]["reduction"]["total"].number() == 0.55)
        let reduction = try report["selret"]["reduction"]
        #expect(try reduction["errorAndWeightGradient"].number() == 0.825)
        #expect(try reduction["weightGradient"].number() == 0.9)
        #expect(try reduction["cycles"].number() == 0.6)
        #expect(try reduction["optimizerBytes"].number() == 0.75)
        #expect(try report["rolin"]["reduction"]["forward"].number() == 1 - 0.466)
        // The device's count decides, not the model's.
        #expect(try report["rolin"]["reduction"]["error"].number() == 1 - 0.569)
        #expect(try report["quality"]["full"]["ssim"].number() == 0.8)
        #expect(try report["quality"]["plan"]["ssim"].number() == 0.795)
    }

    @Test func whatIsAbsentIsNullWithAReason() throws {
        var report = try SampleReport.report
        report.ledger = .notComputed
        let document = try field(report)
        for path in Self.numbers + ["quality.full", "quality.plan", "quality.verdict"] {
            let value = try path.split(separator: ".").reduce(document) { try $0[String($1)] }
            #expect(value.value == .null, "\(path)")
        }
        let reasons = try document["absent"]
        for key in ["profile", "chip", "dram", "layers", "selret", "rolin", "quality"] {
            #expect(try reasons[key].string() == "not computed")
        }
        let figures = try document["published"].elements()
        for (index, figure) in figures.enumerated() {
            #expect(try figure["ours"].value == .null)
            #expect(try reasons["published[\(index)].ours"].string() == "not computed")
            #expect(try !figure["accounting"].string().isEmpty)
        }
    }

    @Test func aReportOfTheFirstSchemaHasNoLedger() throws {
        let report = try SampleReport.report
        guard case .object(var members) = report.document else {
            Issue.record("no object")
            return
        }
        for key in [
            "profile", "chip", "dram", "layers", "selret", "rolin", "quality", "published",
            "absent",
        ] {
            members[key] = nil
        }
        members["schema"] = 1
        let read = try read(.object(members))
        let reason = try #require(read.ledger.chip.reason)
        #expect(reason == "the report is of schema 1, which has no ledger; retrain to get one")
        var expected = report
        expected.ledger = .absent(reason: reason)
        #expect(read == expected)
    }

    @Test(arguments: [
        ("schema", StrictJSON.integer(3), "schema: the report is of schema 3, this program reads"),
        ("schema", .integer(0), "schema: expected 1 or 2, found 0"),
        ("schema", .string("2"), "schema: expected an integer, found a string"),
        ("device", Optional.none, "device: missing"),
        ("device", .null, "device: expected a string"),
        ("chip.seconds", .null, "chip.seconds: expected a number, found null"),
        ("chip.seconds", .number(-1), "chip.seconds: expected at least 0"),
        ("chip.averagePowerWatts", .number(1), "chip.averagePowerWatts: expected 0.25"),
        ("selret.reduction.total", .number(0.69), "selret.reduction.total: expected 0.55"),
        ("selret.mode", .string("best"), "selret.mode: expected one of auto, all, named"),
        ("rolin.reduction.forward", .number(0.387), "rolin.reduction.forward: expected 0.534"),
        ("layers.rows", .integer(3), "layers.rows: expected an array"),
        ("quality.plan.ssim", .number(2), "quality.plan.ssim: expected -1.0...1.0"),
        ("absent", Optional.none, "absent: missing"),
        ("losses.joy", .array([1]), "losses.joy: unexpected"),
        ("seed", .string("-1"), "seed: expected a whole number"),
        (
            "model.imageSize", .integer(30),
            "model: failed to build StarGAN configuration: image size is"
        ),
        ("training.loss", .string("hinge"), "training.loss: expected one of lsgan, wgan-gp"),
        ("computation.macs.forward", .integer(-1), "computation.macs.forward: expected 0..."),
    ])
    func namesWhatIsWrong(path: String, value: StrictJSON?, words: String) throws {
        let document = try changed(
            SampleReport.report.document,
            path.split(separator: ".").map(String.init),
            value
        )
        let error = #expect(throws: JSONError.self) { try read(document) }
        let message = try #require(error).description
        #expect(message.hasPrefix("\(Self.document): \(words)"), "\(message)")
    }

    @Test func textThatIsNoJSONIsRefused() {
        let error = #expect(throws: JSONError.self) {
            try RetrainingReport(decoding: Array("{\"schema\": ".utf8), document: Self.document)
        }
        #expect(error?.description.hasPrefix(Self.document) == true)
    }

    @Test func largeCountsDoNotTrap() throws {
        var report = try SampleReport.report
        var row = LayerLedger.other
        let most: UInt64 = 1 << 58
        row.macs = ByStage(forward: most, error: most, weightGradient: most, update: most)
        report.ledger.layers = .known(
            LayersLedger(rows: Array(repeating: row, count: 100), accounting: "made up")
        )
        let read = try RetrainingReport(field(report))
        #expect(read.ledger.layers.value?.total.macs.total == .max)
        #expect(ReportText(read).text.contains("commands of no layer"))
        #expect(RetrainingReportPage(read, sheet: nil).html.contains("commands of no layer"))
    }
}
