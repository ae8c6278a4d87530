import AcceleratorISA

extension LossArithmetic {
    /// Sigmoid cross-entropy over the classes, divided by the batch; writes its gradient.
    ///
    /// `logits` are 1x1 maps, `labels` vector rows, both of `batch` rows of `classCount` values
    /// rounded up to 16. The terms `(max(z, 0) - z * t) + log(1 + exp(-|z|))` are added to +0 class
    /// after class, image after image. The gradient, laid out as the logits, is
    /// `(sigmoid(z) - t) * (scale / batch)` through Q, past the classes +0.
    public static func sigmoidCrossEntropy(
        logits: UnsafePointer<UInt16>,
        labels: UnsafePointer<Float>,
        batch: Int,
        classCount: Int,
        scale: Float,
        gradient: UnsafeMutablePointer<UInt16>?
    ) -> Float {
        let rowLength = paddedCount(classCount)
        let factor = scale / Float(batch)
        var total: Float = 0
        for image in 0..<batch {
            for index in image * rowLength..<image * rowLength + classCount {
                let z = BFloat16(bitPattern: logits[index]).float
                let t = labels[index]
                let linear = (z > 0 ? z : 0) - z * t
                let term = linear + OrderedMath.log(1 + OrderedMath.exp(-z.magnitude))
                total = total + term
                let error = OrderedMath.sigmoid(z) - t
                gradient?[index] = quantized(error * factor).bitPattern
            }
            clearPadding(gradient, image: image, classCount: classCount)
        }
        return total / Float(batch)
    }

    /// Softmax cross-entropy, divided by the batch; writes its gradient.
    ///
    /// Operands as for the sigmoid, the labels one-hot. Per image: M the largest logit;
    /// e = exp(z - M); S the sum of e, classes in order from +0; p = e / S; the image's loss is
    /// the sum, classes in order from +0, of `t * (log(S) - (z - M))`; images are added in order to
    /// +0. The gradient is `(p - t) * (scale / batch)` through Q, past the classes +0.
    public static func softmaxCrossEntropy(
        logits: UnsafePointer<UInt16>,
        labels: UnsafePointer<Float>,
        batch: Int,
        classCount: Int,
        scale: Float,
        gradient: UnsafeMutablePointer<UInt16>?
    ) -> Float {
        let rowLength = paddedCount(classCount)
        let factor = scale / Float(batch)
        var total: Float = 0
        for image in 0..<batch {
            let row = image * rowLength..<image * rowLength + classCount
            var largest = -Float.infinity
            for index in row {
                let z = BFloat16(bitPattern: logits[index]).float
                if z > largest { largest = z }
            }
            var sum: Float = 0
            for index in row {
                sum = sum + OrderedMath.exp(BFloat16(bitPattern: logits[index]).float - largest)
            }
            let logarithm = OrderedMath.log(sum)
            var loss: Float = 0
            for index in row {
                let shifted = BFloat16(bitPattern: logits[index]).float - largest
                let t = labels[index]
                loss = loss + t * (logarithm - shifted)
                let probability = OrderedMath.exp(shifted) / sum
                gradient?[index] = quantized((probability - t) * factor).bitPattern
            }
            total = total + loss
            clearPadding(gradient, image: image, classCount: classCount)
        }
        return total / Float(batch)
    }

    private static func paddedCount(_ classCount: Int) -> Int {
        (classCount + laneCount - 1) / laneCount * laneCount
    }

    private static func clearPadding(
        _ gradient: UnsafeMutablePointer<UInt16>?,
        image: Int,
        classCount: Int
    ) {
        guard let gradient else { return }
        let rowLength = paddedCount(classCount)
        for index in image * rowLength + classCount..<(image + 1) * rowLength {
            gradient[index] = 0
        }
    }
}
