import AcceleratorISA
import DatapathNumerics

/// Device memory for a test, and tensors allocated in it one after the other.
///
/// Fresh memory holds NaN in every format, so that reading what was never written shows.
final class TestMemory {
    let base: UnsafeMutableRawPointer
    private let byteCount: Int
    private var nextAddress: UInt64 = 0

    init(byteCount: Int = 1 << 22) {
        self.byteCount = byteCount
        base = .allocate(byteCount: byteCount, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0xFF, count: byteCount)
    }

    deinit { base.deallocate() }

    /// A tensor at the next free address; filled with plain values if there are any.
    func tensor(
        _ layout: TensorLayout,
        _ batch: Int,
        _ channels: Int,
        _ height: Int = 1,
        _ width: Int = 1,
        values: [Float]? = nil
    ) -> Tensor {
        let tensor = Tensor(
            address: nextAddress,
            batch: batch,
            channels: channels,
            height: height,
            width: width,
            layout: layout,
            kind: .featureMap
        )
        nextAddress += tensor.allocatedByteCount
        precondition(nextAddress <= UInt64(byteCount), "the test needs more memory")
        if let values { TensorAccess.pack(values, as: tensor, into: bytes(of: tensor)) }
        return tensor
    }

    func bytes(of tensor: Tensor) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: base + Int(tensor.address),
            count: Int(tensor.byteCount)
        )
    }

    func values(of tensor: Tensor) -> [Float] {
        TensorAccess.unpack(tensor, from: UnsafeRawBufferPointer(bytes(of: tensor)))
    }

    /// Every stored element of a bf16 tensor, padding included.
    func halves(of tensor: Tensor) -> [UInt16] {
        Array(bytes(of: tensor).bindMemory(to: UInt16.self))
    }

    /// Every stored element of an fp32 tensor, padding included.
    func floats(of tensor: Tensor) -> [Float] {
        Array(bytes(of: tensor).bindMemory(to: Float.self))
    }

    func run(_ command: Command) { ReferenceDatapath.execute(command, memory: base) }
}

/// A seeded generator: splitmix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Values from -1 to 1 that bf16 holds exactly.
    mutating func values(_ count: Int) -> [Float] {
        (0..<count).map { _ in quantized(Float.random(in: -1...1, using: &self)).float }
    }

    /// bf16 values with magnitudes from 2^0 to 2^`spread`, so that the order of a sum shows.
    mutating func spreadValues(_ count: Int, spread: Int = 12) -> [Float] {
        (0..<count).map { _ in
            let exponent = Int.random(in: 0...spread, using: &self)
            let sign: Float = Bool.random(using: &self) ? 1 : -1
            let fraction = Float.random(in: 1..<2, using: &self)
            return quantized(sign * fraction * Float(1 << exponent)).float
        }
    }
}

/// Shape of a convolution's two maps.
struct ConvolutionCase: CustomStringConvertible, Sendable {
    var geometry: ConvolutionGeometry
    var batch = 1
    /// I, the large map's channels.
    var largeChannels: Int
    /// O, the small map's channels.
    var smallChannels: Int
    var largeHeight: Int
    var largeWidth: Int

    var smallHeight: Int { geometry.smallSide(large: largeHeight) }
    var smallWidth: Int { geometry.smallSide(large: largeWidth) }
    var isGather: Bool { geometry.direction == .gather }
    var largeCount: Int { batch * largeChannels * largeHeight * largeWidth }
    var smallCount: Int { batch * smallChannels * smallHeight * smallWidth }
    var inputCount: Int { isGather ? largeCount : smallCount }
    var outputCount: Int { isGather ? smallCount : largeCount }
    var weightCount: Int { smallChannels * largeChannels * geometry.kernel * geometry.kernel }

    func large(_ memory: TestMemory, values: [Float]? = nil) -> Tensor {
        memory.tensor(.map, batch, largeChannels, largeHeight, largeWidth, values: values)
    }

    func small(_ memory: TestMemory, values: [Float]? = nil) -> Tensor {
        memory.tensor(.map, batch, smallChannels, smallHeight, smallWidth, values: values)
    }

    /// The forward pass's input.
    func input(_ memory: TestMemory, values: [Float]? = nil) -> Tensor {
        isGather ? large(memory, values: values) : small(memory, values: values)
    }

    /// The forward pass's output.
    func output(_ memory: TestMemory, values: [Float]? = nil) -> Tensor {
        isGather ? small(memory, values: values) : large(memory, values: values)
    }

    func weights(
        _ memory: TestMemory,
        _ layout: TensorLayout = .weights,
        values: [Float]? = nil
    ) -> Tensor {
        let kernel = geometry.kernel
        return memory.tensor(layout, smallChannels, largeChannels, kernel, kernel, values: values)
    }

    var description: String {
        let g = geometry
        return "\(g.direction) k\(g.kernel) s\(g.stride) p\(g.padding) \(g.paddingMode) "
            + "n\(batch) I\(largeChannels) O\(smallChannels) \(largeHeight)x\(largeWidth)"
    }

    /// Every direction, stride, padding mode and kernel from 1 to 7 on small odd and even maps.
    static let all: [ConvolutionCase] = {
        var cases: [ConvolutionCase] = []
        for direction in ConvolutionDirection.allCases {
            for mode in PaddingMode.allCases where direction == .gather || mode == .zeros {
                for stride in 1...2 {
                    for kernel in 1...7 {
                        for padding in Set([0, kernel / 2]).sorted() {
                            cases.append(
                                ConvolutionCase(
                                    geometry: ConvolutionGeometry(
                                        kernel: kernel,
                                        stride: stride,
                                        padding: padding,
                                        paddingMode: mode,
                                        direction: direction
                                    ),
                                    batch: 1 + kernel % 2,
                                    largeChannels: kernel % 3 == 0 ? 18 : 2,
                                    smallChannels: kernel % 3 == 1 ? 17 : 3,
                                    largeHeight: 7 + kernel % 2,
                                    largeWidth: 8
                                )
                            )
                        }
                    }
                }
            }
        }
        return cases
    }()
}
