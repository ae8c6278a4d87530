import AcceleratorDriver
import AcceleratorISA
import AcceleratorRuntime
import ArgumentParser
import ChipEmulator
import Glibc
import ModelGraph
import RetrainingCompiler

/// Measures the emulator.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast the device works.",
        subcommands: [BenchIterationCommand.self]
    )
}

/// Measures whole training iterations.
struct BenchIterationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iteration",
        abstract: "Median time of a whole StarGAN iteration: both networks' steps, Adam included.",
        discussion: """
            GFLOP are counted by the device: two a multiply-accumulate of a convolution, nothing \
            else. The peak is what one core reaches with the kernels' own multiply-accumulate \
            instruction on registers, probed before the measurement, times the threads.
            """
    )

    @Option(help: "Channels of the generator's first layer.")
    var generatorChannels = 32

    @Option(help: "Residual blocks of the generator.")
    var residualBlocks = 6

    @Option(help: "Side of the images in pixels.")
    var size = 256

    @Option(help: "Channels of the discriminator's first layer.")
    var discriminatorChannels = 32

    @Option(help: "Layers of the discriminator.")
    var discriminatorLayers = 6

    @Option(help: "Attributes.")
    var classes = 5

    @Option(help: "Images of a step.")
    var batch = 1

    @Option(help: "Adversarial loss: lsgan or wgan-gp.")
    var loss: AdversarialLoss = .wassersteinGradientPenalty

    @Option(help: "How instance norms pass through the device: full, apply-fused or off.")
    var rolin: ROLINMode = .full

    @Option(help: "Measured iterations; one more goes before them.")
    var iterations = 5

    @OptionGroup var device: DeviceOptions

    @Flag(help: "Print JSON instead of lines.")
    var json = false

    func run() async throws {
        let benchmark = IterationBenchmark(
            training: StarGANTraining(
                configuration: try configuration(),
                batch: batch,
                adversarialLoss: loss,
                rolin: rolin
            ),
            iterations: iterations
        )
        let peak: Double
        do {
            peak = try KernelVariants.probePeak(device.kernels, seconds: 0.3)
        } catch {
            throw CommandFailure(.configuration, "\(error)")
        }
        let accelerator = try await device.open()
        do throws(RetrainingError) {
            let result = try await benchmark.run(on: accelerator)
            await accelerator.close()
            report(result, peakPerThread: peak)
        } catch {
            await accelerator.close()
            throw CommandFailure(error)
        }
    }

    private func configuration() throws -> StarGANConfiguration {
        guard (1...10_000).contains(iterations), (1...64).contains(batch) else {
            throw CommandFailure(.usage, "--iterations is from 1 to 10000, --batch from 1 to 64")
        }
        do {
            return try StarGANConfiguration(
                imageSize: size,
                generatorChannels: generatorChannels,
                residualBlocks: residualBlocks,
                classes: classes,
                discriminatorChannels: discriminatorChannels,
                discriminatorLayers: discriminatorLayers
            )
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    private func report(_ result: IterationBenchmark.Result, peakPerThread: Double) {
        let rate = result.gflop / result.medianSeconds
        let peak = peakPerThread * Double(device.threads) / 1e9
        let memory = Self.peakMemoryByteCount
        if json {
            let document: StrictJSON = [
                "device": .string(device.device),
                "seconds": .number(result.medianSeconds),
                "gflop": .number(result.gflop),
                "gflopPerSecond": .number(rate),
                "peakGflopPerSecond": .number(peak),
                "peakMemoryBytes": .integer(memory),
                "kernels": .string(device.kernelName),
                "threads": .integer(device.threads),
                "iterations": .array(result.seconds.map { .number($0) }),
                "deviceMemoryBytes": .integer(Int(result.deviceByteCount)),
                "rolin": .string(rolin.rawValue),
                "traffic": result.work.trafficDocument,
                "weightsHash": .string(result.weightsHash),
            ]
            StandardStreams.print(document)
            return
        }
        func round(_ value: Double, _ scale: Double) -> Double { (value * scale).rounded() / scale }
        print(
            """
            device       \(device.device), kernels \(device.kernelName), \(device.threads) threads
            iteration    \(round(result.medianSeconds, 1e4)) s, median of \(result.seconds.count)
            work         \(round(result.gflop, 100)) GFLOP counted by the device
            rate         \(round(rate, 10)) GFLOP/s, \(round(rate / peak * 100, 10)) % of the \
            probed \(round(peak, 10))
            memory       \(memory / 1_000_000) MB at most; \
            \(result.deviceByteCount / 1_000_000) MB of device DRAM
            """
        )
    }

    /// The process's largest resident size.
    private static var peakMemoryByteCount: Int {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return usage.ru_maxrss * 1024
    }
}

extension AdversarialLoss: ExpressibleByArgument {}
