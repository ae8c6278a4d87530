import AcceleratorISA

extension ReferenceDatapath {
    /// Copies a map or image, with label channels and mirroring.
    static func compose(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination]
        else { return }
        let labels = VectorView(command.operands[.labels], memory)
        let input = (memory + Int(source.address)).assumingMemoryBound(to: UInt16.self)
        let output = (memory + Int(destination.address)).assumingMemoryBound(to: UInt16.self)
        // A map's padding lanes are channels that nothing fills.
        let storedChannels =
            destination.layout == .map
            ? destination.channelBlocks * laneCount : destination.channels
        for image in 0..<destination.batch {
            for channel in 0..<storedChannels {
                for y in 0..<destination.height {
                    for x in 0..<destination.width {
                        let index = TensorAccess.elementIndex(
                            in: destination,
                            image: image,
                            channel: channel,
                            row: y,
                            column: x
                        )
                        output[index] =
                            composed(command, source, input, labels, image, channel, y, x)
                    }
                }
            }
        }
    }

    /// The value that compose writes to a channel and pixel of the destination.
    private static func composed(
        _ command: Command,
        _ source: Tensor,
        _ input: UnsafeMutablePointer<UInt16>,
        _ labels: VectorView?,
        _ image: Int,
        _ channel: Int,
        _ y: Int,
        _ x: Int
    ) -> UInt16 {
        let isPastDestination = channel >= (command.operands[.destination]?.channels ?? 0)
        if isPastDestination { return 0 }
        if channel < source.channels {
            let mirrors = command.flags.contains(.mirrors)
            let index = TensorAccess.elementIndex(
                in: source,
                image: image,
                channel: channel,
                row: y,
                column: mirrors ? source.width - 1 - x : x
            )
            return input[index]
        }
        let label = channel - source.channels
        guard let labels, label < labels.channels else { return 0 }
        return quantized(labels.row(image)[label]).bitPattern
    }

    /// Mixes two maps, image by image.
    static func interpolate(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        guard let source = MapView(command.operands[.source], memory),
            let target = MapView(command.operands[.target], memory),
            let destination = MapView(command.operands[.destination], memory),
            let labels = VectorView(command.operands[.labels], memory)
        else { return }
        for image in 0..<destination.batch {
            let a = labels.row(image)[0]
            let mixed = FloatMap(image: image, of: source) { place, lane in
                let one = a * source.value(at: place, lane: lane)
                let other = (1 - a) * target.value(at: place, lane: lane)
                return one + other
            }
            store(mixed, image: image, in: destination)
        }
    }

    private static func store(_ map: borrowing FloatMap, image: Int, in destination: MapView) {
        for block in 0..<map.blocks {
            for y in 0..<map.height {
                for x in 0..<map.width {
                    let place = Place(image: image, block: block, y: y, x: x)
                    let lanes = map.pixel(block, y, x)
                    for lane in 0..<laneCount {
                        destination.store(lanes[lane], at: place, lane: lane)
                    }
                }
            }
        }
    }

    /// Sums a vector, or one half of statistics, over images.
    static func reduce(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        guard let source = command.operands[.source],
            let destination = VectorView(command.operands[.destination], memory)
        else { return }
        let accumulates = command.flags.contains(.accumulates)
        let half = command.scalars[0] == 0 ? 0 : 1
        for index in 0..<destination.blocks * laneCount {
            var total = accumulates ? destination.row(0)[index] : 0
            for image in 0..<source.batch {
                let row =
                    source.layout == .statistics
                    ? StatisticsView(source, memory).row(image, half: half)
                    : VectorView(source, memory).row(image)
                total = total + row[index]
            }
            destination.row(0)[index] = total
        }
    }

    /// Writes one value everywhere but past the channels, where zero is written.
    static func fill(_ command: Command, _ memory: UnsafeMutableRawPointer) {
        guard let destination = command.operands[.destination] else { return }
        let values = [Float](
            repeating: command.scalars[0],
            count: TensorAccess.plainCount(of: destination)
        )
        let bytes = UnsafeMutableRawBufferPointer(
            start: memory + Int(destination.address),
            count: Int(destination.byteCount)
        )
        TensorAccess.pack(values, as: destination, into: bytes)
    }
}
