public import AcceleratorISA

/// Every command in scalar Swift, as `Command` documents it: what other datapaths are held
/// against, bit for bit.
///
/// Written to be read, one image in fp32 at a time; nothing is tiled, fused or counted.
public enum ReferenceDatapath {
    /// Runs a command to its end.
    ///
    /// `memory` is device DRAM: a tensor's address is an offset into it. The command must be valid
    /// for that memory; nothing is checked here.
    public static func execute(_ command: Command, memory: UnsafeMutableRawPointer) {
        switch command.opcode {
        case .convolution: convolution(command, memory)
        case .convolutionBackward: convolutionBackward(command, memory)
        case .elementwise: elementwise(command, memory)
        case .compose: compose(command, memory)
        case .interpolate: interpolate(command, memory)
        case .loss: loss(command, memory)
        case .optimizer: optimizer(command, memory)
        case .reduce: reduce(command, memory)
        case .fill: fill(command, memory)
        case .fence: break
        }
    }

    private static func convolution(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        guard let prologue = Prologue(command, memory),
            let weights = command.operands[.weights],
            let destination = command.operands[.destination]
        else { return }
        let pass = ConvolutionPass(
            geometry: command.geometry,
            direction: command.geometry.direction
        )
        let tiles = WeightTiles(weights, direction: pass.direction, memory)
        let epilogue = Epilogue(command, memory)
        for image in 0..<destination.batch {
            let input = prologue.map(image: image, paddingMode: command.geometry.paddingMode)
            let sums = pass.sums(
                of: input,
                weights: tiles,
                channels: destination.channels,
                height: destination.height,
                width: destination.width
            )
            epilogue.finish(sums, image: image)
        }
    }

    private static func convolutionBackward(
        _ command: Command,
        _ memory: UnsafeMutableRawPointer
    ) {
        guard let prologue = ErrorPrologue(command, memory) else { return }
        weightAndBiasGradient(command, error: prologue, memory)
        if let weights = command.operands[.weights],
            let destination = command.operands[.destination]
        {
            inputError(command, error: prologue, weights, destination, memory)
        }
    }

    /// The adjoint convolution: a gathering layer's error scatters, a scattering one's gathers.
    private static func inputError(
        _ command: Command,
        error prologue: ErrorPrologue,
        _ weights: Tensor,
        _ destination: Tensor,
        _ memory: UnsafeMutableRawPointer
    ) {
        let pass = ConvolutionPass(
            geometry: command.geometry,
            direction: command.geometry.direction == .gather ? .scatter : .gather
        )
        let tiles = WeightTiles(weights, direction: pass.direction, memory)
        let epilogue = Epilogue(command, memory)
        for image in 0..<destination.batch {
            let sums = pass.sums(
                of: prologue.map(image: image),
                weights: tiles,
                channels: destination.channels,
                height: destination.height,
                width: destination.width
            )
            epilogue.finish(sums, image: image)
        }
    }

    private static func weightAndBiasGradient(
        _ command: Command,
        error prologue: ErrorPrologue,
        _ memory: UnsafeMutableRawPointer
    ) {
        let operands = command.operands
        let batch = prologue.error.batch
        if let tensor = operands[.weightGradient], let source = Prologue(command, memory) {
            let gradient = WeightGradient(tensor, command, memory)
            let paddingMode = command.geometry.paddingMode
            for image in 0..<batch {
                switch command.geometry.direction {
                case .gather:
                    gradient.add(
                        small: prologue.map(image: image),
                        large: source.map(image: image, paddingMode: paddingMode)
                    )
                case .scatter:
                    gradient.add(
                        small: source.map(image: image),
                        large: prologue.map(image: image, paddingMode: paddingMode)
                    )
                }
            }
        }
        if let tensor = operands[.biasGradient] {
            let gradient = BiasGradient(tensor, command, memory)
            for image in 0..<batch { gradient.add(prologue.map(image: image)) }
        }
    }

    private static func elementwise(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        let epilogue = Epilogue(command, memory)
        if let prologue = Prologue(command, memory) {
            for image in 0..<prologue.source.batch {
                epilogue.finish(prologue.map(image: image), image: image)
            }
        } else if let prologue = ErrorPrologue(command, memory) {
            for image in 0..<prologue.error.batch {
                epilogue.finish(prologue.map(image: image), image: image)
            }
        }
    }
}
