import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import Testing

@Suite struct RetrainingPlanTests {
    private static let training = TinyTraining(
        size: 16,
        channels: 4,
        discriminatorLayers: 2,
        epochs: 4
    )

    private static func plan(
        _ request: SelectionRequest,
        of training: TinyTraining = training,
        start: RetrainingOptions.Start = .randomWeights
    ) async throws -> RetrainingPlan {
        let accelerator = try await openEmulator()
        var options = try training.options()
        options.start = start
        let plan = try await RetrainingPlanner(
            accelerator,
            options: options,
            labels: training.labels,
            images: training.images,
            profile: .chip
        ).plan(request, from: training.start())
        await accelerator.close()
        return plan
    }

    private static let requests: [SelectionRequest] = [
        .all, .named(["generator.main.10", "discriminator.conv1.weight"], cycle: .own),
        .named(["generator.main.1.bias"], cycle: .cut),
        .automatic(budget: 0.31, measure: .lossDecrease),
    ]

    @Test(arguments: 0..<requests.count)
    func aPlanIsReadAsItWasWritten(number: Int) async throws {
        let plan = try await Self.plan(Self.requests[number])
        let bytes = try plan.document.serialized(.indented)
        let read = try RetrainingPlan(decoding: bytes, name: "plan.json")
        #expect(read == plan)
        #expect(try read.document.serialized(.indented) == bytes)
    }

    @Test func valuesAreKeptAsFarAsTheDevicesMemoryGoes() async throws {
        // 800 steps of 20 pictures, whose values take 262144 bytes each: all would be 89 MiB.
        var training = TinyTraining(
            size: 64,
            channels: 20,
            discriminatorLayers: 4,
            pictureCount: 20,
            epochs: 40
        )
        training.attributes = ["a", "b", "c", "d", "e", "f", "g", "h"]
        training.selected = ["generator.main.3"]
        let accelerator = try await openEmulator()
        let options = try training.options()
        let wanted = options.prefixSlots(options.schedule(labels: training.labels))
        #expect(UInt64(wanted) * 262_144 > accelerator.capabilities.dramByteCount)
        var model = CostModel(.chip)
        let work = try RetrainingJob(options, labels: training.labels)
            .work(selection: training.selection(), on: accelerator.capabilities, &model)
        #expect(work.keptUnits == 1)
        // Those that find no slot are made again and again.
        #expect((wanted..<800).contains(work.runs.prefix))
        let retraining = try training.retraining(on: accelerator)
        #expect(retraining.deviceByteCount <= accelerator.capabilities.dramByteCount)
        await accelerator.close()
    }

    // MARK: What it says

    @Test func fullRetrainingSavesNothing() async throws {
        let plan = try await Self.plan(.all)
        #expect(plan.selection == .all && plan.cost == plan.fullCost && plan.basis == nil)
        #expect(plan.layers.count == 8 + 4)
        #expect(plan.layers.allSatisfy { $0.trained == "all" && $0.cost == $0.fullCost })
        #expect(plan.reduction.total == 0 && plan.reduction.cycles == 0)
        #expect(plan.keptLayerCount == 0)
        #expect(plan.words == "all 12 layers")
    }

    @Test func aNamedPlanSaysWhatIsRetrainedOfEachLayer() async throws {
        let names = ["generator.main.1.bias", "generator.main.16", "discriminator.main.0"]
        let plan = try await Self.plan(.named(names, cycle: .cut))
        let trained = plan.layers.map { "\($0.network).\($0.name) \($0.trained)" }
            .filter { !$0.hasSuffix("none") }
        #expect(
            trained == [
                "generator.main.0 shift", "generator.main.16 all", "discriminator.main.0 all",
            ]
        )
        #expect(plan.words.contains("3 of 12 layers (as named, cycle cut)"), "\(plan.words)")
        #expect(plan.layers.allSatisfy { $0.importance == nil })
    }

    @Test func reductionsAreSharesOfFullRetraining() async throws {
        let plan = try await Self.plan(.named(["generator.main.16"], cycle: .own))
        let full = try await Self.plan(.all)
        let (mine, whole) = (plan.cost.multiplyAccumulates, full.cost.multiplyAccumulates)
        #expect(plan.fullCost == full.cost)
        #expect(plan.keptLayerCount == 7)
        func saved(_ part: UInt64, _ whole: UInt64) -> Double { 1 - Double(part) / Double(whole) }
        #expect(plan.reduction.total == saved(mine.total, whole.total))
        #expect(
            plan.reduction.errorAndWeightGradient
                == saved(mine.error + mine.weightGradient, whole.error + whole.weightGradient)
        )
        #expect(
            plan.reduction.weightGradient == saved(mine.weightGradient, whole.weightGradient)
        )
        #expect(
            plan.reduction.cycles == saved(plan.cost.cycles.total, full.cost.cycles.total)
        )
        #expect(
            plan.reduction.updateBytes
                == saved(plan.cost.byteCounts.update, full.cost.byteCounts.update)
        )
        // The forward pass is mostly kept, the error mostly not carried.
        #expect(plan.reduction.total > 0.6)
        #expect(plan.reduction.weightGradient > 0.7)
    }

    @Test(arguments: zip([0.25, 0.31, 0.8], LayerImportance.Measure.allCases))
    func anAutomaticPlanKeepsItsBudget(
        budget: Double,
        measure: LayerImportance.Measure
    ) async throws {
        let plan = try await Self.plan(.automatic(budget: budget, measure: measure))
        #expect(plan.basis?.budget == budget && plan.basis?.measure == measure)
        #expect(plan.basis?.probeStepCount == 3)
        #expect((plan.basis?.probe.cycles.total ?? 0) > 0)
        #expect(1 - plan.reduction.errorAndWeightGradient <= budget)
        func cycles(_ cost: RetrainingPlan.Cost) -> Double {
            Double(cost.cycles.error + cost.cycles.weightGradient + cost.cycles.update)
        }
        let share = cycles(plan.cost) / cycles(plan.fullCost)
        #expect(share <= budget, "\(plan.words)")
        #expect(plan.layers.allSatisfy { $0.importance != nil })
        #expect(plan.layers.contains { $0.network == "generator" && $0.trained == "all" })
    }

    @Test func aDiscriminatorThatHasLearntIsLeftAsItIs() async throws {
        let request = SelectionRequest.automatic(budget: 0.9, measure: .lossDecrease)
        func trained(_ start: RetrainingOptions.Start) async throws -> [String] {
            let plan = try await Self.plan(request, start: start)
            #expect(plan.selection.cycle == .own)
            return plan.layers.filter { $0.network == "discriminator" }.map(\.trained)
        }
        let learnt = try await trained(.model(weightsHash: "0"))
        #expect(learnt.allSatisfy { $0 == "none" })
        let fresh = try await trained(.generator(weightsHash: "0"))
        #expect(fresh.contains("all"))
    }

    @Test func aBudgetForNothingIsRefused() async throws {
        let error = await #expect(throws: RetrainingError.self) {
            try await Self.plan(.automatic(budget: 0.001, measure: .lossDecrease))
        }
        #expect(
            error.map { "\($0)" }
                == "failed to plan: a budget of 0.001 does not pay for one layer of the generator; "
                + "give a larger --budget"
        )
    }

    @Test func retrainsEveryLayerForTheWholeBudget() async throws {
        let plan = try await Self.plan(.automatic(budget: 1, measure: .lossDecrease))
        #expect(plan.selection == .all && plan.basis == nil)
        #expect(plan.cost == plan.fullCost)
    }

    @Test func namesOfNothingAreRefused() async throws {
        let error = await #expect(throws: RetrainingError.self) {
            try await Self.plan(.named(["generator.main.99"], cycle: .whole))
        }
        #expect(error.map { "\($0)" }?.contains("nothing is called generator.main.99") == true)
    }
}
