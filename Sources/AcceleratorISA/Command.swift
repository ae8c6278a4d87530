/// What a command does.
///
/// ``Command`` documents each one's operands and arithmetic.
public enum Opcode: UInt8, Sendable, CaseIterable {
    case convolution = 1
    case convolutionBackward = 2
    case elementwise = 3
    case compose = 4
    case interpolate = 5
    case loss = 6
    case optimizer = 7
    case reduce = 8
    case fill = 9
    case fence = 10
}

/// The stage of training to which a command's transfers and operations are counted.
public enum Stage: UInt8, Sendable, CaseIterable {
    case forward = 0
    case error = 1
    case weightGradient = 2
    case update = 3
}

/// Statistics that an epilogue takes of the values it stores.
public enum StatisticsMode: UInt8, Sendable, CaseIterable {
    case none = 0
    /// Mean and inverse deviation, for the norm that follows.
    case moments = 1
    /// S1 = sum of v and S2 = sum of v * x, for the norm whose output error v is.
    case errorSums = 2
}

/// Loss functions; ``Command`` gives value and gradient.
public enum LossKind: UInt8, Sendable, CaseIterable {
    case absoluteDifference = 0
    case leastSquares = 1
    case mean = 2
    case sigmoidCrossEntropy = 3
    case softmaxCrossEntropy = 4
    case gradientPenalty = 5
}

/// Update rules of ``Opcode/optimizer``.
public enum OptimizerKind: UInt8, Sendable, CaseIterable {
    case adam = 0
    case sgd = 1
}

/// Switches of a command.
public struct CommandFlags: OptionSet, Sendable, Equatable, Hashable {
    /// The encoded form.
    public let rawValue: UInt32

    /// Flags from their encoded form; undefined bits are refused by validation.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Add to the weight gradient, or the reduced vector, in memory instead of replacing it.
    public static let accumulates = CommandFlags(rawValue: 1)
    /// ``Opcode/compose`` mirrors every row.
    public static let mirrors = CommandFlags(rawValue: 2)
    /// Add to the bias gradient in memory instead of replacing it.
    public static let accumulatesBias = CommandFlags(rawValue: 4)
    /// All flags there are.
    public static let all = CommandFlags(rawValue: 7)
}

/// One pass of one layer: what the host asks of the device, and what the device validates, tiles
/// and runs whole or not at all.
///
/// Arithmetic is fp32, each operation rounded on its own, in the order written; `Q` is the
/// quantiser to bf16 (module DatapathNumerics). "Rows" of a reduction: a partial sum is taken over
/// x ascending of one row from +0; row sums are added in order to a total that starts at +0.
///
/// **Prologue** of `source` (all optional but the source):
/// `x = (v - mean) * inverseDeviation; v = Q(scale * x + shift)` (without scale: `Q(x)`), then
/// `v = Q(sourceActivation(v))` unless identity, then `v = Q(v + s)`, s being `sourceSkip` after
/// the same steps with `skipStatistics`, `skipScale`, `skipShift` and skipActivation. `sourceSum`,
/// if present, receives v. Padding surrounds v.
///
/// **Error prologue** of `error`: v is the error, or, with `errorOutput` alone, `v = Q(error * d)`,
/// d the derivative of errorActivation (not identity) as in the epilogue, z = `errorOutput` being
/// the activation's output. With `errorStatistics`, `errorOutput` y is what the norm read; with
/// `errorSums` S1, S2 and n = height * width of y: `x = (y - mean) * inverseDeviation;
/// t = e - S1 / n; t = t - x * (S2 / n); v = Q((errorScale * inverseDeviation) * t)`. Where
/// errorActivation (not tanh) is not identity, e is not the error itself but `Q(error * d)`, d at
/// `z = Q(errorScale * x + errorShift)`, or `Q(x)` without scale.
///
/// **Epilogue** of an fp32 sum: `v = Q(sum + bias)`; `v = Q(destinationActivation(v))` unless
/// identity; `v = Q(v + destinationSkip)`; `v = Q(v * d)` where `mask` is present and
/// maskActivation is not identity; store to `destination`; statistics of the stored v.
/// d: z is the mask, normalised by maskStatistics, maskScale, maskShift (`Q`, as the prologue does)
/// where maskStatistics is present; then z is the activation's input, otherwise its output.
/// relu: z > 0 ? 1 : 0; leakyRelu: z > 0 ? 1 : slope; tanh: 1 - z * z (each rounded).
/// Statistics per image and channel: `.moments`: sums A = Σv, B = Σv*v by rows; mean = A / n;
/// variance = B / n - mean * mean, at least 0; stored are mean and 1 / sqrt(variance + epsilon),
/// epsilon = scalars[0]. `.errorSums`: S1 = Σv, S2 = Σ v * x by rows, x the mask's
/// `(z - mean) * inverseDeviation` in fp32; stored are S1 and S2.
///
/// - ``Opcode/convolution``: prologue, convolution with `weights`, epilogue to `destination`.
///   The sum starts at +0 and runs over blocks of 16 input channels, taps, channels 15 to 0.
///   Gather: taps ky, kx ascending. Scatter of stride 1: taps in ascending order of the small
///   map's position, ky and kx descending. Scatter of stride 2: each of the four phases has the
///   taps with (y + padding - ky) and (x + padding - kx) even, ky and kx ascending. Scatter with
///   reflect padding (backward only): every position of the padded map is summed alone, then the
///   sums that fold onto a pixel are added in ascending (row, column) of the padded map.
/// - ``Opcode/convolutionBackward``: `geometry` is the forward layer's. The error prologue makes v,
///   the error of the convolution's output. With `destination`: the adjoint convolution of v and
///   `weights`, epilogue to `destination` (gather layers scatter, scatter layers gather). With
///   `weightGradient`: the prologue makes the layer's input u from `source`; dW[o][i][ky][kx] =
///   Σ small[o](y, x) * large[i](y * stride + ky - padding, x * stride + kx - padding), where v and
///   u take the sides the direction gives them. Per image, bands of max(1, 1024 / width of small)
///   rows of the small map; a band is summed from +0 over rows and x ascending; bands are added in
///   order, image after image, to +0 or (`accumulates`) to the gradient in memory. With
///   `biasGradient`: each row's sum is added, rows and images in order, to +0 or
///   (`accumulatesBias`) to the gradient in memory.
/// - ``Opcode/elementwise``: prologue of `source`, or error prologue of `error` when there is no
///   source; epilogue (no bias; the sum is v) to `destination` if present; statistics if asked.
///   `maskActivation` may be tanh here.
/// - ``Opcode/compose``: map or image `source` to map or image `destination`. Channels below the
///   source's count are copied; `labels` (a vector with one row an image), if present, fills the
///   next channels with `Q(label)` at every pixel; the rest is zero. An image destination takes its
///   own number of channels.
///   `.mirrors` reverses each row.
/// - ``Opcode/interpolate``: `destination = Q(a * source + (1 - a) * target)`, a = lane 0 of
///   the image's row of `labels`; three maps of one shape.
/// - ``Opcode/loss``: lossValue[0] = scalars[0] * L and, if `destination` is present, its gradient
///   times scalars[1], through Q. Sums: lane partials by rows in (image, block, row) order, lanes
///   0 to 15 then added in order to +0; m is the count of (image, channel, pixel). scalars[2] is
///   the target t where there is no `target` operand.
///   absoluteDifference: L = Σ|v - t| / m, gradient s / m * scalars[1] with s the sign of v - t,
///   0 at equality;
///   leastSquares: L = Σ(v - t)² / m, gradient (2 / m * scalars[1]) * (v - t);
///   mean: L = Σv / m, gradient scalars[1] / m;
///   sigmoidCrossEntropy (1x1 maps, `target` labels): per logit
///   max(z,0) - z*t + log(1 + exp(-|z|)), L summed over classes in order, images in order, / batch;
///   gradient (sigmoid(z) - t) * (scalars[1] / batch);
///   softmaxCrossEntropy: `target` one-hot labels; L = Σ_images -log softmax at the label / batch,
///   gradient (p - t) * (scalars[1] / batch);
///   gradientPenalty: per image r = sqrt(Σv²), L = Σ (r - 1)² / batch, gradient
///   v * (scalars[1] * 2 * (r - 1) / (batch * r)), 0 where r is 0.
/// - ``Opcode/optimizer``: `parameter`, `gradient`, moments are of one layout (masterWeights or
///   vector); `workingCopy` (weights) receives Q(parameter). Adam, scalars = beta1, 1 - beta1,
///   beta2, 1 - beta2, epsilon, stepSize = rate / (1 - beta1^t), correction = sqrt(1 - beta2^t):
///   m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * (g * g);
///   p = p - stepSize * (m / (sqrt(v) / correction + epsilon)).
///   SGD, scalars = rate, momentum: with firstMoment m = momentum * m + g, else m = g;
///   p = p - rate * m.
///   Without `gradient`: only the working copy is written.
/// - ``Opcode/reduce``: destination vector (one row) = Σ over images of `source`: a vector, or
///   one half of a statistics tensor (scalars[0]: 0 first, 1 second), images in order, from +0 or
///   (`accumulates`) from memory.
/// - ``Opcode/fill``: every value of `destination` (map lanes past the channels stay zero; vector
///   and masterWeights likewise) = scalars[0], through Q for bf16.
/// - ``Opcode/fence``: completes when everything before it has.
public struct Command: Sendable {
    /// What the command does.
    public var opcode: Opcode
    /// What its transfers and operations are counted to.
    public var stage: Stage
    /// The host's number of the command; events repeat it.
    public var id: UInt32
    /// Switches.
    public var flags: CommandFlags
    /// The layer's geometry; ``ConvolutionGeometry/none`` for all but convolutions.
    public var geometry: ConvolutionGeometry
    /// Activation of the prologue.
    public var sourceActivation: Activation
    /// Activation of the source's skip.
    public var skipActivation: Activation
    /// Activation whose derivative the error prologue multiplies by.
    public var errorActivation: Activation
    /// Activation of the epilogue.
    public var destinationActivation: Activation
    /// Activation whose derivative the epilogue multiplies by.
    public var maskActivation: Activation
    /// What the epilogue takes of the values it stores.
    public var statistics: StatisticsMode
    /// Which loss; of ``Opcode/loss``.
    public var lossKind: LossKind
    /// Which update rule; of ``Opcode/optimizer``.
    public var optimizerKind: OptimizerKind
    /// Numbers whose meaning the opcode gives; all finite.
    public var scalars: InlineArray<8, Float>
    /// The tensors, by role.
    public var operands: OperandTable

    /// A command without operands and with neutral parameters.
    public init(_ opcode: Opcode, stage: Stage, id: UInt32 = 0) {
        self.opcode = opcode
        self.stage = stage
        self.id = id
        flags = []
        geometry = .none
        sourceActivation = .identity
        skipActivation = .identity
        errorActivation = .identity
        destinationActivation = .identity
        maskActivation = .identity
        statistics = .none
        lossKind = .absoluteDifference
        optimizerKind = .adam
        scalars = InlineArray(repeating: 0)
        operands = OperandTable()
    }
}
