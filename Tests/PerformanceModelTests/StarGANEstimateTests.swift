import AcceleratorISA
import ModelGraph
import PerformanceModel
import RetrainingCompiler
import Testing

@Suite struct StarGANEstimateTests {
    private static func program(channels: Int, blocks: Int = 6, size: Int = 256) throws -> Program {
        let configuration = try StarGANConfiguration(
            imageSize: size,
            generatorChannels: channels,
            residualBlocks: blocks,
            classes: 5,
            discriminatorChannels: channels,
            discriminatorLayers: 6
        )
        return try StarGANPlan(
            StarGANTraining(configuration: configuration),
            graphs: (configuration.generator(), configuration.discriminator()),
            capabilities: DeviceCapabilities(dramByteCount: 8 << 30)
        ).step.program
    }

    @Test(arguments: [8, 16, 64])
    func prints(channels: Int) throws {
        let program = try Self.program(channels: channels)
        for profile in [ChipProfile.chip, .fpga] {
            var model = PerformanceModel(profile)
            let sum = try model.estimate(program.commands)
            print(
                channels, profile.name, program.commands.count, model.seconds(of: sum), "s", model.utilization(of: sum),
                model.chipEnergyJoules(of: sum), "J", model.averagePowerWatts(of: sum), "W",
                model.dramEnergyJoules(of: sum), "J DRAM", sum.counters.multiplyAccumulates.total)
            print(sum.cycles, sum.arrayCycles.total, sum.vectorCycles.total, sum.dramCycles.total, sum.counters.byteCounts)
            for opcode in Opcode.allCases {
                let part = try model.estimate(program.commands.filter { $0.opcode == opcode })
                print(opcode, program.commands.count { $0.opcode == opcode }, model.seconds(of: part), model.utilization(of: part), part.arrayCycles.total, part.vectorCycles.total, part.dramCycles.total, part.cycles.total)
            }
            if profile.name == "chip", channels == 8 {
            for (command, label) in zip(program.commands, program.labels) {
                let part = try model.estimate(command)
                print(label, command.opcode, part.cycles.total, part.arrayCycles.total, part.vectorCycles.total, part.dramCycles.total, model.utilization(of: part))
            }
            }
        }
    }
}
