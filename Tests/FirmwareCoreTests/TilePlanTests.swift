import AcceleratorISA
import FirmwareCore
import Testing

@Suite struct TilePlanTests {
    private func convolution(
        _ geometry: ConvolutionGeometry,
        _ input: (channels: Int, side: Int),
        _ output: (channels: Int, side: Int)
    ) -> Command {
        var builder = CommandBuilder()
        return builder.convolution(geometry, source: input, destination: output, batch: 1)
    }

    private func backward(
        _ geometry: ConvolutionGeometry,
        _ input: (channels: Int, side: Int),
        _ output: (channels: Int, side: Int)
    ) -> Command {
        var builder = CommandBuilder()
        return builder.backward(geometry, input: input, output: output, batch: 1)
    }

    private let same = ConvolutionGeometry(kernel: 3, stride: 1, padding: 1)

    @Test func aForwardTileIsAtMost8192Pixels() throws {
        let first = convolution(
            ConvolutionGeometry(kernel: 7, stride: 1, padding: 3),
            (8, 256),
            (16, 256)
        )
        let plan = try TilePlan(planning: first, sramByteCount: 1 << 20)
        #expect(plan == TilePlan(rowsPerTile: 32, keepsWeights: true, keepsGradient: true))
    }

    @Test func weightsThatExceedHalfOfMemoryAreStreamed() throws {
        // 256 to 256 channels, 3 x 3: 1.125 MiB.
        let deep = convolution(same, (256, 64), (256, 64))
        let plan = try TilePlan(planning: deep, sramByteCount: 1 << 20)
        #expect(!plan.keepsWeights)
        // 1 MiB less two buffers of 16 output channels (144 KiB) and two rows of sums (16 KiB)
        // leaves 27 rows of 32 KiB, two of which are halo.
        #expect(plan.rowsPerTile == 25)
        let large = try TilePlan(planning: deep, sramByteCount: 8 << 20)
        #expect(large == TilePlan(rowsPerTile: 64, keepsWeights: true, keepsGradient: true))
    }

    @Test func aBandThatDoesNotFitIsStreamedByRows() throws {
        // A band of 16 rows needs 512 KiB of error and more of input.
        let deep = backward(same, (256, 64), (256, 64))
        let plan = try TilePlan(planning: deep, sramByteCount: 1 << 20)
        #expect(plan.rowsPerTile >= 1 && plan.rowsPerTile < 16)
        #expect(!plan.keepsGradient)
        let large = try TilePlan(planning: deep, sramByteCount: 16 << 20)
        #expect(large == TilePlan(rowsPerTile: 64, keepsWeights: true, keepsGradient: true))
    }

    @Test func aBackwardTileIsWholeBandsOfAtMost4096Pixels() throws {
        // 256 pixels a row: bands of 4 rows, tiles of 16.
        let shallow = backward(same, (8, 256), (8, 256))
        let plan = try TilePlan(planning: shallow, sramByteCount: 1 << 20)
        #expect(plan == TilePlan(rowsPerTile: 16, keepsWeights: true, keepsGradient: true))
        let tight = try TilePlan(planning: shallow, sramByteCount: 200 << 10)
        #expect(tight.rowsPerTile % 4 == 0 && tight.rowsPerTile < 16)
    }

    @Test func theDiscriminatorOfTheStandardNetworkFits() throws {
        // Two 16-channel groups of 1024 inputs, 4 x 4, fill all of SRAM: blocks are streamed.
        let geometry = ConvolutionGeometry(kernel: 4, stride: 2, padding: 1)
        for channels in [64, 128, 256, 512, 1024] {
            let side = 128 * 64 / channels
            let input = (channels, side)
            let output = (channels * 2, side / 2)
            let forward = try TilePlan(
                planning: convolution(geometry, input, output),
                sramByteCount: 1 << 20
            )
            #expect(forward.rowsPerTile >= 1)
            let back = try TilePlan(
                planning: backward(geometry, input, output),
                sramByteCount: 1 << 20
            )
            #expect(back.rowsPerTile >= 1)
        }
    }

    @Test func otherCommandsWorkRowByRow() throws {
        for name in ["compose", "adam", "softmax", "elementwise of an error", "fence"] {
            let plan = try TilePlan(planning: ValidCommands.named(name), sramByteCount: 0)
            #expect(plan == TilePlan(rowsPerTile: 1, keepsWeights: true, keepsGradient: true))
        }
    }

    @Test(arguments: ["reflecting convolution", "transposed convolution", "bare convolution"])
    func moreMemoryNeverMakesSmallerTiles(name: String) throws {
        let command = ValidCommands.named(name)
        var last = 0
        var fitted = false
        for sramByteCount in stride(from: UInt64(1024), through: 128 << 10, by: 1024) {
            do throws(CommandFault) {
                let plan = try TilePlan(planning: command, sramByteCount: sramByteCount)
                // Weights that now stay may take from the tile what they save in traffic.
                if !plan.keepsWeights { #expect(plan.rowsPerTile >= last) }
                last = plan.keepsWeights ? 0 : plan.rowsPerTile
                fitted = true
            } catch {
                #expect(error == CommandFault(.sramOverflow))
                #expect(!fitted)
            }
        }
        #expect(fitted)
    }
}
