import AcceleratorISA
import CDatapathKernels
import DatapathNumerics
import Glibc

extension EmulatedDatapath {
    /// Prologue and epilogue of whole maps, without a convolution between them.
    func runElementwise(_ command: Command) {
        if let source = command.operands[.source] {
            let reader = sourceReader(command, source)
            transfer(source, command.stage, .read)
            transfer(command.operands[.sourceSkip], command.stage, .read)
            transfer(command.operands[.sourceSum], command.stage, .write)
            transferPrologueVectors(command, command.stage)
            runElementwise(command, source, reader)
        } else if let error = command.operands[.error] {
            let reader = errorReader(command, error)
            transfer(error, command.stage, .read)
            transfer(command.operands[.errorOutput], command.stage, .read)
            transferErrorVectors(command, command.stage)
            runElementwise(command, error, reader)
        }
    }

    private func runElementwise(_ command: Command, _ shape: Tensor, _ reader: some RowReader) {
        let writer = epilogueWriter(command, shape: shape)
        let rows = (0..<pool.threadCount).map { _ in
            (scratch.takeLanes(shape.width * 16), scratch.takeLanes(shape.width * 16))
        }
        forEachRow(0..<shape.height, 0..<shape.batch, blocks: shape.channelBlocks) {
            image,
            block,
            y,
            worker in
            let (scratch, spare) = rows[worker]
            let row = reader.row(image, block, y, scratch: scratch, spare: spare)
            writer.write(
                sums: nil,
                values: row,
                image: image,
                block: block,
                y: y,
                spare: spare
            )
        }
        writer.finishStatistics()
        transferEpilogue(command, command.stage)
    }

    /// Copies channels between maps and images, with constant label channels.
    func runCompose(_ command: Command) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination]
        else { return }
        let labels = command.operands[.labels]
        let mirrors = command.flags.contains(.mirrors)
        let input = pointer(source).assumingMemoryBound(to: UInt16.self)
        let output = pointer(destination).assumingMemoryBound(to: UInt16.self)
        let labelView = labels.map { VectorView($0, in: memory) }
        let width = destination.width
        let channels = destination.channels
        pool.run(destination.batch * destination.height) { item, _ in
            let image = item / destination.height
            let y = item % destination.height
            let stored = destination.layout == .map ? destination.channelBlocks * 16 : channels
            for channel in 0..<stored {
                let to = ChannelRow(destination, image, channel, y)
                if channel < min(source.channels, channels) {
                    let from = ChannelRow(source, image, channel, y)
                    for x in 0..<width {
                        let place = mirrors ? width - 1 - x : x
                        output[to.first + x * to.step] = input[from.first + place * from.step]
                    }
                } else {
                    var value: UInt16 = 0
                    let label = channel - source.channels
                    if let labels, let labelView, channel < channels, label < labels.channels {
                        let lanes = labelView.block(label / 16, image: image)
                        value = quantized(lanes[label % 16]).bitPattern
                    }
                    for x in 0..<width { output[to.first + x * to.step] = value }
                }
            }
        }
        transfer(source, command.stage, .read)
        transfer(labels, command.stage, .read)
        transfer(destination, command.stage, .write)
    }

    /// Mixes two maps, image by image.
    func runInterpolate(_ command: Command) {
        guard let source = command.operands[.source], let target = command.operands[.target],
            let destination = command.operands[.destination],
            let labels = command.operands[.labels]
        else { return }
        let (one, other) = (MapView(source, in: memory), MapView(target, in: memory))
        let out = MapView(destination, in: memory)
        let factors = VectorView(labels, in: memory)
        let shape = destination
        forEachRow(0..<shape.height, 0..<shape.batch, blocks: shape.channelBlocks) {
            image,
            block,
            y,
            _ in
            let a = factors.block(0, image: image)[0]
            let b = 1 - a
            let rows = (one.row(image, block, y), other.row(image, block, y))
            let row = out.row(image, block, y)
            let lanes = min(16, shape.channels - block * 16)
            for x in 0..<shape.width {
                for index in x * 16..<x * 16 + lanes {
                    let first = a * BFloat16(bitPattern: rows.0[index]).float
                    let second = b * BFloat16(bitPattern: rows.1[index]).float
                    row[index] = quantized(first + second).bitPattern
                }
                for index in x * 16 + lanes..<x * 16 + 16 { row[index] = 0 }
            }
        }
        transfer(source, command.stage, .read)
        transfer(target, command.stage, .read)
        transfer(labels, command.stage, .read)
        transfer(destination, command.stage, .write)
    }

    /// Sums a vector, or one half of statistics, over images.
    func runReduce(_ command: Command) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination]
        else { return }
        let view = VectorView(source, in: memory)
        let values = floats(destination)
        let accumulates = command.flags.contains(.accumulates)
        let half = source.layout == .statistics && command.scalars[0] != 0 ? 1 : 0
        for block in 0..<destination.channelBlocks {
            for lane in 0..<16 {
                var total: Float = accumulates ? values[block * 16 + lane] : 0
                for image in 0..<source.batch {
                    total += view.block(block, image: image, half: half)[lane]
                }
                values[block * 16 + lane] = total
            }
        }
        let half64: UInt64 = source.layout == .statistics ? 2 : 1
        transfer(source.byteCount / half64, source.kind, command.stage, .read)
        if accumulates { transfer(destination, command.stage, .read) }
        transfer(destination, command.stage, .write)
    }

    /// Writes one value everywhere but past the channels, where zero is written.
    func runFill(_ command: Command) {
        guard let destination = command.operands[.destination] else { return }
        let value = command.scalars[0]
        if value == 0 {
            memset(pointer(destination), 0, Int(destination.byteCount))
        } else {
            let count = TensorAccess.plainCount(of: destination)
            let bytes = UnsafeMutableRawBufferPointer(
                start: pointer(destination),
                count: Int(destination.byteCount)
            )
            let values = [Float](repeating: value, count: count)
            TensorAccess.pack(values, as: destination, into: bytes)
        }
        transfer(destination, command.stage, .write)
    }
}

/// Where the pixels of one channel's row stand in a map or image, in elements.
private struct ChannelRow {
    let first: Int
    let step: Int

    init(_ tensor: Tensor, _ image: Int, _ channel: Int, _ y: Int) {
        first = TensorAccess.elementIndex(
            in: tensor,
            image: image,
            channel: channel,
            row: y,
            column: 0
        )
        step = tensor.layout == .map ? 16 : 1
    }
}
