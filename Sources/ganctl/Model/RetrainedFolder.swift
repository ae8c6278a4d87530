import AcceleratorRuntime
import ModelGraph

/// The output folder of a retraining, of whatever kind, with weights and report that agree.
struct RetrainedFolder {
    private let content: Content
    /// The bytes of the model's file.
    let weights: [UInt8]
    /// The bytes of the report.
    let report: [UInt8]

    private enum Content {
        case starGAN(ModelFile, RetrainingReport)
        case translator(TranslatorModel, TranslatorReport)
    }

    /// Reads a folder.
    init(_ path: String) throws {
        let folder = OutputFolder(path: path)
        let modelPath = folder.file(OutputFolder.model)
        let reportPath = folder.file(OutputFolder.report)
        let weights = try WeightsFile.read(modelPath, to: "import")
        let report = try WeightsFile.read(reportPath, to: "import")
        (self.weights, self.report) = (weights, report)
        do {
            if try TranslatorReport.isOne(report, document: reportPath) {
                content = try Self.translator(weights, modelPath, report, reportPath)
            } else {
                content = try Self.starGAN(weights, modelPath, report, reportPath)
            }
        } catch let error as JSONError {
            throw CommandFailure(.badData, "failed to read report \(error)")
        } catch let error as RetrainingError {
            throw CommandFailure(error)
        }
        guard hasOneHash else {
            throw CommandFailure(
                .badData,
                "failed to import \(path): its model and its report are not of one retraining"
            )
        }
    }

    private static func starGAN(
        _ weights: [UInt8],
        _ modelPath: String,
        _ report: [UInt8],
        _ reportPath: String
    ) throws -> Content {
        let report = try RetrainingReport(decoding: report, document: reportPath)
        let model = try ModelFile(
            decoding: weights,
            name: modelPath,
            assuming: report.configuration
        )
        return .starGAN(model, report)
    }

    private static func translator(
        _ weights: [UInt8],
        _ modelPath: String,
        _ report: [UInt8],
        _ reportPath: String
    ) throws -> Content {
        let report = try TranslatorReport(decoding: report, document: reportPath)
        let checkpoint: Checkpoint
        do {
            checkpoint = try Checkpoint(decoding: weights)
        } catch {
            throw RetrainingError.badFile("failed to read model \(modelPath): \(error)")
        }
        let model = try TranslatorModel(
            checkpoint,
            name: modelPath,
            imageSize: report.imageSize,
            seed: report.training.seed
        )
        return .translator(model, report)
    }

    private var hasOneHash: Bool {
        switch content {
        case .starGAN(let model, let report): model.weightsHash == report.weightsHash
        case .translator(let model, let report): model.weightsHash == report.weightsHash
        }
    }

    /// Names of the classes; a translator has none.
    var attributes: [String]? {
        switch content {
        case .starGAN(_, let report): report.attributes
        case .translator: nil
        }
    }

    /// The digest of the pictures trained on.
    var pictureDigest: String {
        switch content {
        case .starGAN(_, let report): report.pictureDigest
        case .translator(_, let report): report.pictureDigest
        }
    }

    /// The stored model that the report says it started from; nil when that is none of the store's.
    func origin(in store: ModelStore) throws(RetrainingError) -> StoredModel? {
        let models = try store.list().models
        switch content {
        case .starGAN(_, let report):
            let alike = models.filter { model in
                model.weightsHash.map { report.startedFrom.contains("weights \($0)") } ?? false
            }
            // Several models may have the same weights; the report has the name that was given.
            return alike.first { report.startedFrom.contains("\($0.name), weights ") }
                ?? alike.first
        case .translator(_, let report): return models.first { $0.id == report.parent }
        }
    }

    /// The weights in the layout of a stored model.
    func files(
        in origin: StoredModel,
        of store: ModelStore
    ) throws(RetrainingError) -> [ModelImport.File] {
        switch content {
        case .starGAN(let model, _): try RetrainedModel.files(of: model, in: origin, of: store)
        case .translator(let model, _): try RetrainedModel.files(of: model, in: origin, of: store)
        }
    }
}
