import AcceleratorRuntime
import ArgumentParser
import DurableStorage
import ModelGraph
import PerformanceModel
import RetrainingCompiler

/// Estimates a grid of retraining jobs on a grid of chips.
///
/// A further axis is an option here, beside ``loss``, that fills a list of `SweepGrid`; its
/// documentation says what else it takes.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Estimate time and energy of retraining over chips and models.",
        discussion: """
            Nothing is trained: jobs are compiled, and their commands estimated by the model of \
            the chip. Options marked as lists take values with commas between them; every \
            combination is a point.

            A budget below 1 retrains the layers that ganctl retrain --selret auto would choose on \
            the point's chip: without --plan as if all layers of a network were worth the same, \
            since importances take pictures.

            Writes one CSV row a point, units in the names of the columns. The outcome of a point \
            that cannot run says whether DRAM (1 GiB), SRAM or the budget is too small for it.
            """
    )

    @OptionGroup var profile: ProfileOptions

    @Option(help: ArgumentHelp("List: on-chip SRAM, K or M for KiB or MiB.", valueName: "256K,1M"))
    var sram: String?

    @Option(help: ArgumentHelp("List: DRAM bandwidth in GB/s.", valueName: "1.6,3.2"))
    var bandwidth: String?

    @Option(help: ArgumentHelp("List: multiply-accumulate units.", valueName: "256,512"))
    var macs: String?

    @Option(help: ArgumentHelp("List: channels of both networks' first layers.", valueName: "8,16"))
    var channels = "16"

    @Option(help: ArgumentHelp("List: residual blocks of the generator.", valueName: "2,6"))
    var blocks = "6"

    @Option(help: ArgumentHelp("List: side of the images in pixels.", valueName: "128,256"))
    var size = "256"

    @Option(help: ArgumentHelp("List: images of a step.", valueName: "1,4"))
    var batch = "1"

    @Option(help: ArgumentHelp("List: adversarial loss, lsgan or wgan-gp.", valueName: "names"))
    var loss = "lsgan"

    @Option(help: ArgumentHelp("List: ROLIN mode, off, apply-fused or full.", valueName: "names"))
    var rolin = ROLINMode.full.rawValue

    @Option(
        help: ArgumentHelp(
            "List: share of full retraining's error propagation and weight gradients to spend; "
                + "1 retrains every layer.",
            valueName: "0.31,1"
        )
    )
    var budget = "1"

    @Option(
        help: ArgumentHelp(
            "Plan whose importances choose the layers: plan.json of a retraining with "
                + "--selret auto of a model of the same layers.",
            valueName: "json"
        )
    )
    var plan: String?

    @Option(help: "Channels of the discriminator's first layer, if other than the generator's.")
    var discriminatorChannels: Int?

    @Option(help: "Attributes.")
    var classes = 1

    @Option(help: "Times every picture is seen.")
    var epochs = 100

    @Option(help: "Pictures of an epoch.")
    var pictures = 7

    @Option(help: "Discriminator steps to one of the generator; 1 with lsgan, 5 with wgan-gp.")
    var criticSteps: Int?

    @Option(
        help: ArgumentHelp("File for the table; without it, standard output.", valueName: "csv")
    )
    var output: String?

    @Option(help: ArgumentHelp("File for charts of time and energy.", valueName: "svg"))
    var plot: String?

    /// Most points of a sweep: minutes of work, and a table that still opens.
    private static let maximumPointCount = 100_000
    /// Most steps that are looked at for values of a frozen prefix: a second or two.
    private static let maximumFollowedStepCount = 1_000_000

    func validate() throws {
        func check(_ holds: Bool, _ message: String) throws {
            guard holds else { throw ValidationError(message) }
        }
        try check((1...1_000_000).contains(epochs), "--epochs is \(epochs); give 1 to 1000000")
        try check(
            (1...1_000_000).contains(pictures),
            "--pictures is \(pictures); give 1 to 1000000"
        )
        if let criticSteps {
            try check(
                (1...1000).contains(criticSteps),
                "--critic-steps is \(criticSteps); give 1 to 1000"
            )
        }
        if let output, output == plot {
            throw ValidationError("--output and --plot are one file; give two names")
        }
        let grid = try grid(of: .chip)
        try check(
            grid.pointCount <= Self.maximumPointCount,
            "the lists make \(grid.pointCount) points; shorten them to \(Self.maximumPointCount)"
        )
        let isSelective = grid.budgets.contains { $0 < 1 }
        try check(
            !isSelective || epochs * pictures <= Self.maximumFollowedStepCount,
            "--epochs and --pictures make \(epochs * pictures) steps, each of which a --budget "
                + "below 1 looks at; give at most \(Self.maximumFollowedStepCount)"
        )
        try check(plan == nil || isSelective, "--plan goes with a --budget below 1")
    }

    func run() throws {
        var grid = try grid(of: profile.load())
        if let plan { grid.importances = try PlanSource.read(plan) }
        try checkArrays(of: grid)
        let points: [SweepPoint]
        do throws(RetrainingError) {
            points = try grid.run()
        } catch {
            throw CommandFailure(error)
        }
        let table = SweepTable(points).text()
        if let output {
            try write(table, to: output)
        } else {
            print(table, terminator: "")
        }
        if let plot { try write(SweepPlot(points).document(), to: plot) }
        guard points.contains(where: { $0.estimate != nil }) else {
            throw CommandFailure(
                .configuration,
                "no point of the sweep fits its chip; the column outcome says why"
            )
        }
    }

    private func write(_ text: String, to path: String) throws(CommandFailure) {
        do throws(FileWriteError) {
            try AtomicFile.write(Array(text.utf8), to: path)
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
    }

    /// The grid that the options say, on top of a chip.
    private func grid(of profile: ChipProfile) throws -> SweepGrid {
        typealias Limits = StarGANConfiguration.Limits
        var configurations: [StarGANConfiguration] = []
        for channels in try SweepLists.integers(
            channels,
            in: Limits.generatorChannels,
            "--channels"
        ) {
            for blocks in try SweepLists.integers(blocks, in: Limits.residualBlocks, "--blocks") {
                for size in try SweepLists.integers(size, in: Limits.imageSize, "--size") {
                    configurations.append(try configuration(channels, blocks, size))
                }
            }
        }
        guard let first = configurations.first else { throw ValidationError("--channels is empty") }
        var grid = SweepGrid(
            profile: profile,
            configuration: first,
            epochs: epochs,
            pictureCount: pictures
        )
        grid.configurations = configurations
        grid.criticSteps = criticSteps
        grid.losses = try SweepLists.names(loss, "--loss")
        grid.rolinModes = try SweepLists.names(rolin, "--rolin")
        grid.budgets = try SweepLists.shares(budget, "--budget")
        grid.batches = try SweepLists.integers(batch, in: 1...64, "--batch")
        if let sram { grid.sramByteCounts = try SweepLists.byteCounts(sram, "--sram") }
        if let bandwidth { grid.bandwidths = try SweepLists.bandwidths(bandwidth, "--bandwidth") }
        if let macs {
            grid.multiplierCounts = try SweepLists.integers(macs, in: 1...65_536, "--macs")
        }
        return grid
    }

    /// The array of every point can be grouped as its chip says.
    private func checkArrays(of grid: SweepGrid) throws {
        let widths = grid.profile.channelWidths
        for count in grid.multiplierCounts where widths.contains(where: { count % $0 != 0 }) {
            let words = widths.map { "\($0)" }.joined(separator: ", ")
            throw ValidationError(
                "--macs has \(count); give multiples of each of \(words), the channels that the "
                    + "array can be grouped into"
            )
        }
    }

    private func configuration(
        _ channels: Int,
        _ blocks: Int,
        _ size: Int
    ) throws -> StarGANConfiguration {
        do {
            return try StarGANConfiguration(
                imageSize: size,
                generatorChannels: channels,
                residualBlocks: blocks,
                classes: classes,
                discriminatorChannels: discriminatorChannels ?? channels,
                discriminatorLayers: ModelSizes.fittingLayers(size: size)
            )
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
