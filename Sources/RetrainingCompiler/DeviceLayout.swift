package import AcceleratorISA
import ModelGraph

/// Places tensors that live for the whole job: parameters, moments, staged inputs, results.
///
/// ```
/// 0 | persistent tensors, one after another | transient tensors of the running program | end
/// ```
package struct DeviceLayout: Sendable {
    /// First byte after the persistent tensors.
    package private(set) var end: UInt64 = 0
    /// Bytes of device DRAM.
    package let capacity: UInt64

    /// An empty layout of a device.
    package init(capacity: UInt64) { self.capacity = capacity }

    /// Places a tensor.
    package mutating func place(
        _ layout: TensorLayout,
        batch: Int,
        channels: Int,
        height: Int = 1,
        width: Int = 1,
        kind: TensorKind
    ) throws(CompileError) -> Tensor {
        let tensor = Tensor(
            address: end,
            batch: batch,
            channels: channels,
            height: height,
            width: width,
            layout: layout,
            kind: kind
        )
        guard tensor.placedByteCount <= capacity - min(end, capacity) else {
            throw .outOfMemory(needed: end + tensor.placedByteCount, available: capacity)
        }
        end += tensor.placedByteCount
        return tensor
    }

    /// Places images, bf16 planes of a shape, one after another.
    mutating func placeImages(
        _ count: Int,
        _ shape: FeatureMapShape
    ) throws(CompileError) -> [Tensor] {
        var images: [Tensor] = []
        for _ in 0..<count {
            images.append(
                try place(
                    .image,
                    batch: 1,
                    channels: shape.channels,
                    height: shape.height,
                    width: shape.width,
                    kind: .image
                )
            )
        }
        return images
    }
}

extension Tensor {
    /// Bytes from one placed tensor to the next: every tensor may follow every other.
    var placedByteCount: UInt64 {
        (byteCount + Limits.tensorAlignment - 1) / Limits.tensorAlignment * Limits.tensorAlignment
    }
}
