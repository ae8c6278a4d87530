package import AcceleratorISA

/// A program with every tensor in its place, ready to be sent.
package struct Program: Sendable {
    /// Commands in order; ids are set by whoever submits them.
    package var commands: [Command]
    /// What each command is for.
    package let labels: [String]
    /// The layer each command works for, nil where it works for none alone.
    package let layers: [LayerReference?]
    /// Most bytes of DRAM in use, the persistent tensors included.
    package let peakByteCount: UInt64
    private let addresses: [UInt64]

    /// Places a builder's transient tensors behind `start`.
    ///
    /// Lifetimes run from a tensor's first to its last command. Larger tensors are placed first,
    /// each at the lowest address where nothing that lives at the same time is.
    package init(
        _ builder: ProgramBuilder,
        start: UInt64,
        capacity: UInt64
    ) throws(CompileError) {
        let lifetimes = Self.lifetimes(builder)
        addresses = Self.place(builder.byteCounts, lifetimes, start: start)
        var peak = start
        for (index, address) in addresses.enumerated() where lifetimes[index] != nil {
            peak = max(peak, address + builder.byteCounts[index])
        }
        guard peak <= capacity else { throw .outOfMemory(needed: peak, available: capacity) }
        peakByteCount = peak
        labels = builder.labels
        layers = builder.layers
        commands = builder.commands
        for index in commands.indices {
            for role in OperandRole.allCases {
                guard let tensor = commands[index].operands[role] else { continue }
                commands[index].operands[role] = resolved(tensor)
            }
        }
    }

    /// A tensor of the builder, with its address in device DRAM.
    package func resolved(_ tensor: Tensor) -> Tensor {
        guard let number = ProgramBuilder.number(of: tensor.address) else { return tensor }
        var placed = tensor
        placed.address = addresses[number] + ProgramBuilder.offset(of: tensor.address)
        return placed
    }

    private static func lifetimes(_ builder: ProgramBuilder) -> [ClosedRange<Int>?] {
        var result = [ClosedRange<Int>?](repeating: nil, count: builder.byteCounts.count)
        for (index, command) in builder.commands.enumerated() {
            for role in OperandRole.allCases {
                guard let tensor = command.operands[role],
                    let number = ProgramBuilder.number(of: tensor.address)
                else { continue }
                let first = result[number]?.lowerBound ?? index
                result[number] = first...index
            }
        }
        for (number, survives) in builder.outlives.enumerated() where survives {
            guard let lifetime = result[number] else { continue }
            result[number] = lifetime.lowerBound...builder.commands.count
        }
        return result
    }

    private static func place(
        _ byteCounts: [UInt64],
        _ lifetimes: [ClosedRange<Int>?],
        start: UInt64
    ) -> [UInt64] {
        var addresses = [UInt64](repeating: start, count: byteCounts.count)
        var placed: [Int] = []
        let order = byteCounts.indices.sorted {
            (byteCounts[$0], $1) > (byteCounts[$1], $0)
        }
        for number in order {
            guard let lifetime = lifetimes[number] else { continue }
            let neighbours = placed.filter { lifetimes[$0]?.overlaps(lifetime) ?? false }
                .sorted { addresses[$0] < addresses[$1] }
            var address = start
            for other in neighbours {
                if address + byteCounts[number] <= addresses[other] { break }
                address = max(address, addresses[other] + byteCounts[other])
            }
            addresses[number] = address
            placed.append(number)
        }
        return addresses
    }
}
