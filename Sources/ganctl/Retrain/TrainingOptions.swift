import AcceleratorRuntime
import ArgumentParser
import ModelGraph
import RetrainingCompiler

/// What decides a retraining's result, as `retrain` and `plan` take it.
struct TrainingOptions: ParsableArguments {
    @Option(help: "Folder with the pictures.")
    var images: String

    @Option(
        help: ArgumentHelp(
            "Model to start from: \(ModelSource.grammar).",
            discussion: "Without it \(BuiltInModel.standard.name), unless --fresh, sizes, or other "
                + "attributes than its own ask for random weights. \(ModelSource.discussion)",
            valueName: "name or file"
        )
    )
    var model: ModelSource?

    @Flag(help: "Start from random weights.")
    var fresh = false

    @Option(
        help: ArgumentHelp(
            "Attributes, in the order of the model's classes.",
            discussion: "Without it: the model's own, else the columns of --labels, else one "
                + "attribute called 'attribute'.",
            valueName: "a,b,c"
        )
    )
    var attributes: String?

    @Option(
        help: ArgumentHelp(
            "Table of which picture shows which attribute.",
            discussion: "CSV with a header file,a,b,c and 0 or 1 in each row, or CelebA's list. "
                + "Without it every attribute is taken to be off in every picture.",
            valueName: "file"
        )
    )
    var labels: String?

    @Option(help: "Times every picture is seen.")
    var epochs = 100

    @Option(help: "Side of the pictures in pixels; the model's if it says.")
    var size: Int?

    @Option(help: "Seed of random weights and of everything chosen at random.")
    var seed: UInt64 = 1

    @Option(help: "Pictures of a step.")
    var batch = 1

    @Option(help: "Adversarial loss: lsgan or wgan-gp.")
    var loss: AdversarialLoss = .leastSquares

    @Option(help: "Class loss: sigmoid (independent attributes) or softmax (exactly one).")
    var classLoss: ClassLoss = .sigmoid

    @Option(help: "Discriminator steps to one of the generator; 1 with lsgan, 5 with wgan-gp.")
    var criticSteps: Int?

    @Option(
        help: ArgumentHelp(
            "Weight of the discriminator's judgement in the generator's loss.",
            discussion: "Without it 0.3 for a model, 1 for random weights. Few pictures are soon "
                + "known by heart.",
            valueName: "weight"
        )
    )
    var adversarialWeight: Float?

    @Option(
        help: ArgumentHelp(
            "Weight of the reconstruction in the generator's loss.",
            discussion: "Without it 100 for a model, 10 for random weights.",
            valueName: "weight"
        )
    )
    var reconstructionWeight: Float?

    @Option(help: learningRateHelp)
    var learningRate: Double?

    @Option(
        help: ArgumentHelp(
            "Layers to retrain: auto, all, or names with commas between them.",
            discussion: "auto probes for the most important ones. A name is generator, "
                + "discriminator or a module of one, such as generator.main.18; what is not named "
                + "keeps its weights. Without it auto for a model, all for random weights.",
            valueName: "auto|all|names"
        )
    )
    var selret: String?

    @Option(
        help: ArgumentHelp(
            "With --selret auto, the share of full retraining's error propagation and weight "
                + "gradients to spend; 1 retrains every layer.",
            valueName: "share"
        )
    )
    var budget = SelectionRequest.defaultBudget

    @Option(
        help: ArgumentHelp(
            "What --selret auto goes by: "
                + LayerImportance.Measure.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            valueName: "measure"
        )
    )
    var importance = LayerImportance.Measure.lossDecrease

    @Option(
        help: ArgumentHelp(
            "With named layers, what is reconstructed: whole, cut or own.",
            discussion: "whole: the fake, the error goes back to what made it. cut: the fake, the "
                + "error ends at the earliest retrained layer. own: the picture itself."
        )
    )
    var cycle: LayerSelection.Cycle?

    @Option(
        help: ArgumentHelp(
            "Pictures to hold out: the report judges by them, training does not see them.",
            discussion: "Without it every fifth picture.",
            valueName: "count"
        )
    )
    var holdOut: Int?

    @Option(
        help: ArgumentHelp(
            "How instance norms pass through the device: full, apply-fused or off.",
            discussion: "Decides the memory traffic, not the weights: full takes statistics and "
                + "applies norms along with the convolutions, off in passes of their own.",
            valueName: "mode"
        )
    )
    var rolin: ROLINMode = .full

    @OptionGroup(title: "Sizes of a model that starts from random weights")
    var sizes: ModelSizes

    /// What `--learning-rate` is, wherever a model is retrained.
    static let learningRateHelp = ArgumentHelp(
        "Adam's step size to begin with; it falls to zero over the second half.",
        discussion: "Without it 1e-4 for random weights, and for a model 4e-4, or 2e-3 where its "
            + "discriminator is left as it is.",
        valueName: "size"
    )

    func validate() throws {
        func check(_ holds: Bool, _ message: String) throws {
            guard holds else { throw ValidationError(message) }
        }
        try check((1...1_000_000).contains(epochs), "--epochs is \(epochs); give at least 1")
        try check((1...64).contains(batch), "--batch is \(batch); give 1 to 64")
        if let criticSteps {
            try check(
                (1...1000).contains(criticSteps),
                "--critic-steps is \(criticSteps); give 1 to 1000"
            )
        }
        if let learningRate {
            try check(
                learningRate >= 0 && learningRate <= 1,
                "--learning-rate is \(learningRate); give 0 to 1"
            )
        }
        for (option, weight) in [
            ("--adversarial-weight", adversarialWeight),
            ("--reconstruction-weight", reconstructionWeight),
        ] {
            guard let weight else { continue }
            try check((0...1000).contains(weight), "\(option) is \(weight); give 0 to 1000")
        }
        try check(budget > 0 && budget <= 1, "--budget is \(budget); give a share above 0, up to 1")
        try check(!(fresh && model != nil), "--fresh and --model exclude each other")
        if let holdOut {
            try check((0...1000).contains(holdOut), "--hold-out is \(holdOut); give 0 to 1000")
        }
        try check(
            cycle == nil || ![nil, "auto", "all"].contains(selret),
            "--cycle goes with --selret and names of layers"
        )
    }

    /// What is to be retrained of a model, or of random weights.
    func request(from start: RetrainingOptions.Start) -> SelectionRequest {
        switch selret ?? (start == .randomWeights ? "all" : "auto") {
        case "all": .all
        case "auto": .automatic(budget: budget, measure: importance)
        case let names:
            .named(
                names.split(separator: ",").map(String.init),
                cycle: cycle ?? .whole
            )
        }
    }
}

extension LayerSelection.Cycle: ExpressibleByArgument {}
extension ROLINMode: ExpressibleByArgument {}
extension ClassLoss: ExpressibleByArgument {}
extension LayerImportance.Measure: ExpressibleByArgument {}
