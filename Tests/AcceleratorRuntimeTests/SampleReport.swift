import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import RetrainingCompiler

/// A made-up report with everything in it, and names that mean something in HTML.
enum SampleReport {
    static let awkwardName = #"<b>&"'smile.png"#

    static var report: RetrainingReport {
        get throws {
            let training = TinyTraining(epochs: 3)
            var record = RetrainingRecord(of: .leastSquares)
            for epoch in 0..<3 {
                for loss in StarGANLoss.allCases where epoch != 1 || loss != .generatorClass {
                    record.history.add([loss: Float(loss.rawValue + 1) / Float(epoch + 1)])
                }
                record.history.endEpoch()
            }
            record.work = DeviceWork(from: DeviceCounters(), to: counters)
            record.wallSeconds = 12.5
            var pictures = PictureManifest()
            pictures.add(name: awkwardName, pixels: [1], labels: [true, false])
            pictures.add(name: "1.png", pixels: [2], labels: [false, true])
            return RetrainingReport(
                device: "emulator",
                kernels: "generic",
                threads: 2,
                options: try training.options(),
                record: record,
                pictures: pictures,
                skipped: [(name: "note & more.txt", reason: "it is no picture but <text>")],
                startedFrom: "random weights, seed 5",
                weightsHash: String(repeating: "ab", count: 32),
                steps: 6,
                deviceByteCount: 1_000_000,
                ledger: ledger
            )
        }
    }

    private static var counters: DeviceCounters {
        var counters = DeviceCounters()
        counters.commandCount = 7
        for (index, stage) in Stage.allCases.enumerated() {
            if stage != .update {
                counters.count(multiplyAccumulates: UInt64(index + 1) * 1_000_000, stage: stage)
            }
            for kind in TensorKind.allCases {
                counters.count(byteCount: 640, kind: kind, stage: stage, direction: .read)
                counters.count(byteCount: 320, kind: kind, stage: stage, direction: .write)
            }
        }
        return counters
    }

    static var ledger: RetrainingLedger {
        RetrainingLedger(
            profile: .known(
                ProfileLedger(
                    name: "paper",
                    parameters: [
                        .init(name: "clock", value: 200, unit: "MHz", source: "inferred <I>"),
                        .init(name: "MACs a cycle", value: 256, unit: "", source: "inferred"),
                    ]
                )
            ),
            chip: .known(
                ChipLedger(seconds: 20, energyJoules: 5, accounting: "cycles of the model")
            ),
            dram: .known(
                DRAMLedger(energyJoules: 1.5, picojoulesPerBit: 20, accounting: "counted bytes")
            ),
            layers: .known(layers),
            selret: .known(selection),
            rolin: .known(
                ReorderingLedger(
                    mode: "full",
                    forward: .init(off: 1000, modelled: 466, counted: 466),
                    error: .init(off: 1000, modelled: 570, counted: 569)
                )
            ),
            quality: .known(quality(full: .known(scores(ssim: 0.8))))
        )
    }

    private static var layers: LayersLedger {
        var other = LayerLedger.other
        other.bytes.update = 4096
        return LayersLedger(
            rows: [
                LayerLedger(
                    network: "StarGAN generator",
                    layer: "main.0",
                    isTrained: true,
                    macs: ByStage(forward: 5000, error: 4000, weightGradient: 3000, update: 0),
                    bytes: ByStage(forward: 50, error: 40, weightGradient: 30, update: 20),
                    cycles: ByStage(forward: 500, error: 400, weightGradient: 300, update: 200),
                    energyJoules: ByStage(forward: 5, error: 4, weightGradient: 3, update: 0.5)
                ),
                LayerLedger(network: "StarGAN discriminator", layer: "conv1", isTrained: false),
                other,
            ],
            accounting: "counted by the device; energy of the chip alone"
        )
    }

    private static var selection: SelectionLedger {
        SelectionLedger(
            mode: .automatic,
            budget: .known("40 % of the cycles of a full retraining"),
            importance: .absent(reason: "nothing was measured"),
            trainedLayers: ["generator main.0"],
            keepsCycleGradient: false,
            cachedPrefix: [],
            full: TrainingCost(
                forwardMACs: 100,
                errorMACs: 100,
                weightGradientMACs: 100,
                cycles: 1000,
                optimizerBytes: 64
            ),
            plan: TrainingCost(
                forwardMACs: 100,
                errorMACs: 25,
                weightGradientMACs: 10,
                cycles: 400,
                optimizerBytes: 16
            ),
            accounting: "both worked out by the planner for the same steps"
        )
    }

    static func scores(
        ssim: Double = 0.8,
        reconstructionL1: Double = 0.1,
        slicedWasserstein: Double = 30,
        classAccuracy: Double = 0.9
    ) -> QualityScores {
        QualityScores(
            reconstructionL1: reconstructionL1,
            ssim: ssim,
            slicedWasserstein: slicedWasserstein,
            classAccuracy: classAccuracy,
            pictureCount: 4,
            changeCount: 8
        )
    }

    static func quality(full: Reported<QualityScores>) -> QualityLedger {
        QualityLedger(
            before: scores(ssim: 0.5),
            full: full,
            plan: scores(ssim: 0.795),
            accounting: "held-out portraits, judged by the discriminator of the full retraining"
        )
    }
}
