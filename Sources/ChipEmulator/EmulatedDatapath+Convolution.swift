import AcceleratorISA
import CDatapathKernels
import FirmwareCore

extension EmulatedDatapath {
    /// Runs a forward pass: tiles of input rows are loaded through the prologue, every output row
    /// that a tile completes is summed and written through the epilogue.
    func runConvolution(_ command: Command, _ tiles: TilePlan) {
        guard let source = command.operands[.source],
            let destination = command.operands[.destination],
            let weights = command.operands[.weights]
        else { return }
        let reader = sourceReader(command, source)
        let gathers = command.geometry.direction == .gather
        let schedule = forwardSchedule(command.geometry, source, destination)
        let writer = epilogueWriter(command, shape: destination)
        let tileWeights = WeightTiles(
            kernels: kernels,
            weights: weights,
            memory: memory,
            schedule: schedule,
            isTransposed: !gathers
        )
        let rows = min(tiles.rowsPerTile, destination.height)
        let images = rows == destination.height ? imagesPerTile(source) : 1
        let tile = ConvolutionTile(
            kernels: kernels,
            scratch: scratch,
            images: min(images, source.batch),
            map: reader.map,
            slots: slotCount(schedule, rows: rows, height: destination.height),
            schedule: schedule,
            reflects: command.geometry.paddingMode == .reflect,
            isThin: isThin(command.geometry, destination)
        )
        let pass = makePass(
            tile,
            tileWeights,
            writer,
            fold: 0,
            channels: (source.channels, destination.channels),
            keepsWeights: tiles.keepsWeights
        )
        let workers = makeWorkers(for: [pass])
        transferPrologueVectors(command, .forward)
        if tiles.keepsWeights { transfer(weights, .forward, .read) }
        for firstImage in stride(from: 0, to: source.batch, by: images) {
            let imageRange = firstImage..<min(firstImage + images, source.batch)
            var loaded = schedule.inputRows(for: 0..<1).lowerBound
            for y in stride(from: 0, to: destination.height, by: rows) {
                let outputRows = y..<min(y + rows, destination.height)
                let needed = schedule.inputRows(for: outputRows)
                let fresh = loaded..<max(needed.upperBound, loaded)
                load(fresh, imageRange, reader, command, tile, workers)
                loaded = fresh.upperBound
                if !tiles.keepsWeights { transfer(weights, .forward, .read) }
                compute(outputRows, imageRange, pass, workers)
            }
            finishSum(loaded, imageRange, reader, command, workers)
        }
        writer.finishStatistics()
        transferEpilogue(command, .forward)
        countMultiplyAccumulates(command, source: source, small: gathers ? destination : source)
    }

    private func forwardSchedule(
        _ geometry: ConvolutionGeometry,
        _ source: Tensor,
        _ destination: Tensor
    ) -> ConvolutionSchedule {
        switch geometry.direction {
        case .gather:
            .gather(geometry, inputWidth: source.width, outputWidth: destination.width)
        case .scatter:
            .scatter(
                geometry,
                padding: geometry.padding,
                inputWidth: source.width,
                outputWidth: destination.width
            )
        }
    }

    /// Loads rows of the source into a tile; rows outside the map are padding.
    private func load(
        _ rows: Range<Int>,
        _ images: Range<Int>,
        _ reader: SourceReader,
        _ command: Command,
        _ tile: ConvolutionTile,
        _ workers: [WorkerScratch]
    ) {
        let height = reader.map.height
        forEachRow(rows, images, blocks: reader.map.blocks) { image, block, y, worker in
            let tileImage = image - images.lowerBound
            guard let inside = Self.rowInside(y, height, tile.reflects) else {
                tile.placeZeros(image: tileImage, block: block, y: y)
                return
            }
            let (scratch, spare) = (workers[worker].row, workers[worker].padded)
            let reader = inside == y ? reader : reader.withoutSum
            let row = reader.row(image, block, inside, scratch: scratch, spare: spare)
            tile.place(row, image: tileImage, block: block, y: y, spare: spare)
        }
        let count = rows.reduce(0) {
            $0 + (Self.rowInside($1, height, tile.reflects) == nil ? 0 : 1)
        }
        let byteCount = UInt64(count * images.count) * reader.map.rowByteCount
        transfer(byteCount, command.operands[.source]?.kind ?? .featureMap, .forward, .read)
        if let skip = command.operands[.sourceSkip] {
            transfer(byteCount, skip.kind, .forward, .read)
        }
        if let sum = command.operands[.sourceSum] {
            let inside = rows.clamped(to: 0..<height).count
            let sumBytes = UInt64(inside * images.count) * reader.map.rowByteCount
            transfer(sumBytes, sum.kind, .forward, .write)
        }
    }

    /// Rows that no output needs still belong to the residual sum that the command writes.
    private func finishSum(
        _ loaded: Int,
        _ images: Range<Int>,
        _ reader: SourceReader,
        _ command: Command,
        _ workers: [WorkerScratch]
    ) {
        guard let sum = command.operands[.sourceSum], loaded < reader.map.height else { return }
        let rows = max(0, loaded)..<reader.map.height
        forEachRow(rows, images, blocks: reader.map.blocks) { image, block, y, worker in
            let (scratch, spare) = (workers[worker].row, workers[worker].padded)
            _ = reader.row(image, block, y, scratch: scratch, spare: spare)
        }
        let byteCount = UInt64(rows.count * images.count) * reader.map.rowByteCount
        transfer(byteCount, command.operands[.source]?.kind ?? .featureMap, .forward, .read)
        transfer(
            command.operands[.sourceSkip].map { _ in byteCount } ?? 0,
            sum.kind,
            .forward,
            .read
        )
        transfer(byteCount, sum.kind, .forward, .write)
    }

    private func countMultiplyAccumulates(_ command: Command, source: Tensor, small: Tensor) {
        guard let destination = command.operands[.destination] else { return }
        let area = command.geometry.kernel * command.geometry.kernel
        let count = small.batch * small.height * small.width * source.channels
        counters.count(
            multiplyAccumulates: UInt64(count * area * destination.channels),
            stage: command.stage
        )
    }

    // MARK: Shared with the backward pass

    /// The map row that stands at `y` of the padded map; nil where that is zero padding.
    static func rowInside(_ y: Int, _ height: Int, _ reflects: Bool) -> Int? {
        if y >= 0, y < height { return y }
        guard reflects else { return nil }
        let mirrored = y < 0 ? -y : 2 * (height - 1) - y
        return mirrored >= 0 && mirrored < height ? mirrored : nil
    }

    /// Row slots that hold everything a tile of `rows` output rows needs.
    func slotCount(_ schedule: ConvolutionSchedule, rows: Int, height: Int) -> Int {
        var most = 1
        var loaded = schedule.inputRows(for: 0..<1).lowerBound
        for y in stride(from: 0, to: height, by: rows) {
            let needed = schedule.inputRows(for: y..<min(y + rows, height))
            most = max(most, needed.upperBound - min(loaded, needed.lowerBound))
            loaded = max(loaded, needed.upperBound)
        }
        return most
    }

    /// Images that share a tile when one holds a whole image: as many as make 1 MiB, so that
    /// weights are used for all of them while they are on the chip.
    func imagesPerTile(_ map: Tensor) -> Int {
        max(1, min(map.batch, (1 << 20) / max(1, Int(map.imageByteCount))))
    }

    /// A pass over a tile, with its weights loaded where they stay.
    func makePass(
        _ tile: ConvolutionTile,
        _ weights: WeightTiles,
        _ writer: EpilogueWriter,
        fold: Int,
        channels: (input: Int, output: Int),
        keepsWeights: Bool
    ) -> ConvolutionPass {
        var resident: UnsafeMutableRawPointer?
        let blocks = weights.outputBlocks
        if keepsWeights, !weights.areDirect {
            let base = scratch.take(weights.byteCount(vectors: blocks))
            weights.load(first: 0, vectors: blocks, to: base)
            resident = base
        }
        return ConvolutionPass(
            kernels: kernels,
            schedule: weights.schedule,
            tile: tile,
            weights: weights,
            writer: writer,
            fold: fold,
            lastInputChannels: (channels.input - 1) % 16 + 1,
            residentWeights: resident,
            vectorsPerGroup: 2,
            outputChannels: channels.output
        )
    }

    /// Whether a pass has so few output channels that its pixels go into the lanes instead.
    func isThin(_ geometry: ConvolutionGeometry, _ destination: Tensor) -> Bool {
        geometry.stride == 1 && destination.channels <= 8 && destination.width >= 16
    }

    /// Scratch of each worker thread, large enough for every pass.
    func makeWorkers(for passes: [ConvolutionPass], rowWidth: Int = 0) -> [WorkerScratch] {
        (0..<pool.threadCount).map { _ in
            let sums =
                passes.map { pass in
                    let map = pass.writer.map
                    let rows = pass.isSmall ? map.height : 1
                    return map.width * rows * pass.vectorsPerGroup * 16
                }.max() ?? 16
            let fold = passes.map(\.fold).max() ?? 0
            let streamed = passes.filter(\.streamsWeights)
            let bytes = streamed.map { $0.weights.byteCount(vectors: $0.vectorsPerGroup) }.max()
            let width = passes.map { max($0.writer.map.width, $0.tile.paddedWidth) }.max() ?? 0
            let foldedCount = sums + 2 * fold * 16 * 4
            return WorkerScratch(
                sums: scratch.takeFloats(sums),
                folded: fold == 0 ? nil : scratch.takeFloats(foldedCount),
                weights: bytes.map { scratch.take($0) },
                row: scratch.takeLanes((max(width, rowWidth) + 16) * 16),
                padded: scratch.takeLanes((max(width, rowWidth) + 16) * 16),
                offsets: scratch.take(64 * 4).bindMemory(to: Int32.self, capacity: 64)
            )
        }
    }

    /// Calls `body(image, block, row, worker)` for every row of every block, in parallel.
    func forEachRow(
        _ rows: Range<Int>,
        _ images: Range<Int>,
        blocks: Int,
        _ body: (_ image: Int, _ block: Int, _ y: Int, _ worker: Int) -> Void
    ) {
        guard !rows.isEmpty, !images.isEmpty else { return }
        let chunk = 4
        let chunks = (blocks + chunk - 1) / chunk
        pool.run(rows.count * images.count * chunks) { item, worker in
            let first = item % chunks * chunk
            let y = rows.lowerBound + item / chunks % rows.count
            let image = images.lowerBound + item / chunks / rows.count
            for block in first..<min(first + chunk, blocks) { body(image, block, y, worker) }
        }
    }

    /// Computes output rows of a tile.
    ///
    /// Weights that do not stay are loaded group by group, and all rows of the group follow;
    /// otherwise rows are shared out.
    func compute(
        _ rows: Range<Int>,
        _ images: Range<Int>,
        _ pass: ConvolutionPass,
        _ workers: [WorkerScratch]
    ) {
        guard !rows.isEmpty else { return }
        let items = computeItems(rows, images, pass)
        pool.run(items) { item, worker in
            computeItem(item, rows, images, pass, workers[worker])
        }
    }

    /// Work items of ``compute(_:_:_:_:)``.
    func computeItems(_ rows: Range<Int>, _ images: Range<Int>, _ pass: ConvolutionPass) -> Int {
        isGroupMajor(pass) ? pass.groupCount : pass.groupCount * rows.count * images.count
    }

    /// Runs one work item.
    func computeItem(
        _ item: Int,
        _ rows: Range<Int>,
        _ images: Range<Int>,
        _ pass: ConvolutionPass,
        _ scratch: WorkerScratch
    ) {
        let group = item % pass.groupCount
        if isGroupMajor(pass) {
            if pass.streamsWeights, let base = scratch.weights {
                let vectors = pass.vectors(of: group)
                pass.weights.load(first: vectors.lowerBound, vectors: vectors.count, to: base)
            }
            let isWhole = pass.isSmall && rows == 0..<pass.writer.map.height
            for image in images {
                let place = (image: image, tile: image - images.lowerBound)
                if isWhole {
                    pass.computeMap(place, group: group, scratch: scratch)
                } else {
                    for y in rows { pass.computeRow(y, place, group: group, scratch: scratch) }
                }
            }
        } else {
            let y = rows.lowerBound + item / pass.groupCount % rows.count
            let tileImage = item / pass.groupCount / rows.count
            let place = (image: images.lowerBound + tileImage, tile: tileImage)
            pass.computeRow(y, place, group: group, scratch: scratch)
        }
    }

    private func isGroupMajor(_ pass: ConvolutionPass) -> Bool {
        if pass.streamsWeights { return true }
        // Weights in place: keep a group's in cache over all rows where rows are few.
        return pass.isSmall && pass.groupCount >= pool.threadCount
    }
}

extension SourceReader {
    /// The same reader, writing no sum: for rows that are read again as padding.
    var withoutSum: SourceReader {
        SourceReader(
            kernels: kernels,
            map: map,
            normalization: normalization,
            activation: activation,
            skip: skip,
            sum: nil
        )
    }
}
