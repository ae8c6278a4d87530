import AcceleratorISA
import CDatapathKernels
import FirmwareCore
import Glibc

extension EmulatedDatapath {
    /// Runs a backward pass: error rows are read once through the error prologue and serve the
    /// adjoint convolution, the weight gradient and the bias gradient from the same tile.
    func runConvolutionBackward(_ command: Command, _ tiles: TilePlan) {
        guard let error = command.operands[.error] else { return }
        let run = BackwardRun(self, command, tiles, error)
        run.execute()
    }
}

/// One `convolutionBackward` command while it runs.
///
/// ```
/// error rows --> error prologue --+--> tile of the adjoint convolution --> destination
///                                 +--> packed rows --+
///                                 +--> row sums      |--> weight gradient, bias gradient
/// source rows -> prologue ------------> packed rows --+
/// ```
/// Gather layers have the error on the small side and the source on the large one; scatter layers
/// the other way round.
final class BackwardRun {
    let datapath: EmulatedDatapath
    let command: Command
    let error: Tensor
    let geometry: ConvolutionGeometry
    let tiles: TilePlan
    let errorIsSmall: Bool
    let errorReader: ErrorReader
    let sourceReader: SourceReader?
    let smallHeight: Int
    let smallWidth: Int
    let bandRows: Int
    let rowsPerTile: Int
    let images: Int
    var pass: ConvolutionPass?
    var progress: OutputProgress?
    var weightGradient: WeightGradientRun?
    var biasSums: Floats?
    var workers: [WorkerScratch] = []

    /// Stage to which reading the error is counted: EP's tile is shared with WG.
    var errorStage: Stage { pass == nil ? .weightGradient : .error }

    init(_ datapath: EmulatedDatapath, _ command: Command, _ tiles: TilePlan, _ error: Tensor) {
        self.datapath = datapath
        self.command = command
        self.error = error
        self.tiles = tiles
        geometry = command.geometry
        errorIsSmall = geometry.direction == .gather
        errorReader = datapath.errorReader(command, error)
        let source = command.operands[.source]
        let other = source ?? command.operands[.destination]
        let small = errorIsSmall ? error : other ?? error
        smallHeight = small.height
        smallWidth = small.width
        bandRows = max(1, Limits.weightGradientBandPixels / small.width)
        let trains = command.operands[.weightGradient] != nil
        sourceReader = trains ? source.map { datapath.sourceReader(command, $0) } : nil
        rowsPerTile = min(trains ? bandRows : max(1, tiles.rowsPerTile), small.height)
        let whole = rowsPerTile == small.height
        images = whole ? min(datapath.imagesPerTile(error), error.batch) : 1
        makePass()
        weightGradient = trains ? makeWeightGradient() : nil
        if command.operands[.biasGradient] != nil {
            let count = error.batch * error.channelBlocks * error.height * 16
            biasSums = datapath.scratch.takeFloats(count)
        }
        let rowWidth = max(error.width, other?.width ?? 0) + 2 * geometry.kernel + 2
        workers = datapath.makeWorkers(for: pass.map { [$0] } ?? [], rowWidth: rowWidth)
    }

    func execute() {
        datapath.transferErrorVectors(command, errorStage)
        if weightGradient != nil { datapath.transferPrologueVectors(command, .weightGradient) }
        for first in stride(from: 0, to: error.batch, by: images) {
            let range = first..<min(first + images, error.batch)
            progress?.reset()
            weightGradient?.reset(geometry)
            var loaded = progress?.firstInputRow ?? (errorIsSmall ? 0 : -geometry.padding)
            for y in stride(from: 0, to: smallHeight, by: rowsPerTile) {
                loaded = runTile(y..<min(y + rowsPerTile, smallHeight), range, loaded)
            }
        }
        finish()
    }

    private func runTile(_ rows: Range<Int>, _ range: Range<Int>, _ loaded: Int) -> Int {
        weightGradient?.advance(to: rows, geometry, pool: datapath.pool)
        let end = errorRowEnd(rows)
        loadErrors(loaded..<max(loaded, end), range)
        if weightGradient != nil { loadSources(rows, range) }
        let ready = progress?.advance(inputEnd: end) ?? 0..<0
        let sums = weightGradient?.itemCount ?? 0
        let sumWork = weightGradient
        let outputs = pass.map { ready.isEmpty ? 0 : datapath.computeItems(ready, range, $0) } ?? 0
        datapath.pool.run(sums + outputs) { item, worker in
            if item < sums {
                sumWork?.run(item, rows, range, self)
            } else if let pass {
                let scratch = workers[worker]
                datapath.computeItem(item - sums, ready, range, pass, scratch)
            }
        }
        weightGradient?.isFirstTile = false
        return max(loaded, end)
    }

    /// Error rows that are read once a tile's last small row is reached.
    private func errorRowEnd(_ rows: Range<Int>) -> Int {
        let reach = (rows.upperBound - 1) * geometry.stride - geometry.padding + geometry.kernel
        let end = errorIsSmall ? rows.upperBound : reach
        let isLast = rows.upperBound == smallHeight
        return isLast ? max(end, error.height, progress?.lastInputRow ?? 0) : end
    }

    // MARK: Loading

    private func loadErrors(_ rows: Range<Int>, _ range: Range<Int>) {
        let height = error.height
        datapath.forEachRow(rows, range, blocks: error.channelBlocks) { image, block, y, worker in
            let tileImage = image - range.lowerBound
            guard y >= 0, y < height else {
                pass?.tile.placeZeros(image: tileImage, block: block, y: y)
                if !errorIsSmall { weightGradient?.packZeros(tileImage, block, y) }
                return
            }
            let interior = workers[worker].row + geometry.padding * 16
            let spare = workers[worker].padded
            let row = errorReader.row(image, block, y, scratch: interior, spare: spare)
            pass?.tile.place(row, image: tileImage, block: block, y: y, spare: spare)
            if let biasSums {
                let place = ((image * error.channelBlocks + block) * height + y) * 16
                datapath.kernels.pointee.sum_row(biasSums + place, row, Int32(error.width))
            }
            weightGradient?.pack(
                row,
                isSmall: errorIsSmall,
                tileImage,
                block,
                y,
                interior: interior
            )
        }
        let count = rows.clamped(to: 0..<height).count * range.count
        let byteCount = UInt64(count) * errorReader.map.rowByteCount
        datapath.transfer(byteCount, error.kind, errorStage, .read)
        if let output = command.operands[.errorOutput] {
            datapath.transfer(byteCount, output.kind, errorStage, .read)
        }
    }

    private func loadSources(_ rows: Range<Int>, _ range: Range<Int>) {
        guard let reader = sourceReader, let gradient = weightGradient else { return }
        let reflects = geometry.paddingMode == .reflect
        let needed = gradient.sourceRows(rows, geometry, errorIsSmall: errorIsSmall)
        datapath.forEachRow(needed, range, blocks: reader.map.blocks) { image, block, y, worker in
            let tileImage = image - range.lowerBound
            let inside = EmulatedDatapath.rowInside(y, reader.map.height, reflects)
            guard let inside else {
                gradient.packZeros(tileImage, block, y)
                return
            }
            let interior = workers[worker].row + geometry.padding * 16
            let spare = workers[worker].padded
            let row = reader.row(image, block, inside, scratch: interior, spare: spare)
            gradient.pack(
                row,
                isSmall: !errorIsSmall,
                tileImage,
                block,
                y,
                interior: interior
            )
        }
        let count = needed.reduce(0) {
            $0 + (EmulatedDatapath.rowInside($1, reader.map.height, reflects) == nil ? 0 : 1)
        }
        let byteCount = UInt64(count * range.count) * reader.map.rowByteCount
        let kind = command.operands[.source]?.kind ?? .featureMap
        datapath.transfer(byteCount, kind, .weightGradient, .read)
        if let skip = command.operands[.sourceSkip] {
            datapath.transfer(byteCount, skip.kind, .weightGradient, .read)
        }
        weightGradient?.sourceEnd = needed.upperBound
    }

    // MARK: Setting up

    private func makePass() {
        guard let destination = command.operands[.destination],
            let weights = command.operands[.weights]
        else { return }
        let fold = geometry.paddingMode == .reflect ? geometry.padding : 0
        let schedule =
            errorIsSmall
            ? ConvolutionSchedule.scatter(
                geometry,
                padding: geometry.padding - fold,
                inputWidth: error.width,
                outputWidth: destination.width + 2 * fold
            )
            : ConvolutionSchedule.gather(
                geometry,
                inputWidth: error.width,
                outputWidth: destination.width
            )
        let writer = datapath.epilogueWriter(command, shape: destination)
        let tileWeights = WeightTiles(
            kernels: datapath.kernels,
            weights: weights,
            memory: datapath.memory,
            schedule: schedule,
            isTransposed: errorIsSmall
        )
        var rows = OutputProgress(schedule: schedule, height: destination.height, fold: fold)
        progress = rows
        let ends = stride(from: 0, to: smallHeight, by: rowsPerTile).map {
            errorRowEnd($0..<min($0 + rowsPerTile, smallHeight))
        }
        let slots = rows.slotCount(inputEnds: ends)
        let tile = ConvolutionTile(
            kernels: datapath.kernels,
            scratch: datapath.scratch,
            images: images,
            map: errorReader.map,
            slots: slots,
            schedule: schedule,
            reflects: false,
            isThin: fold == 0 && datapath.isThin(geometry, destination)
        )
        rows.reset()
        progress = rows
        pass = datapath.makePass(
            tile,
            tileWeights,
            writer,
            fold: fold,
            channels: (error.channels, destination.channels),
            keepsWeights: tiles.keepsWeights
        )
    }

    private func makeWeightGradient() -> WeightGradientRun? {
        guard let gradient = command.operands[.weightGradient], let source = sourceReader else {
            return nil
        }
        return WeightGradientRun(
            datapath: datapath,
            gradient: gradient,
            geometry: geometry,
            smallMap: errorIsSmall ? errorReader.map : source.map,
            largeMap: errorIsSmall ? source.map : errorReader.map,
            images: images,
            rowsPerTile: rowsPerTile,
            bandRows: bandRows,
            accumulates: command.flags.contains(.accumulates)
        )
    }

    // MARK: Finishing

    private func finish() {
        if let pass {
            pass.writer.finishStatistics()
            datapath.transferEpilogue(command, .error)
            let passes = tiles.keepsWeights ? 1 : tileCount
            if let weights = command.operands[.weights] {
                datapath.transfer(weights.byteCount * passes, weights.kind, .error, .read)
            }
            count(channels: pass.writer.map, stage: .error)
        }
        if let gradient = command.operands[.weightGradient] {
            let passes = tiles.keepsGradient ? 1 : tileCount
            let reads = command.flags.contains(.accumulates) ? passes : passes - 1
            datapath.transfer(gradient.byteCount * reads, .gradient, .weightGradient, .read)
            datapath.transfer(gradient.byteCount * passes, .gradient, .weightGradient, .write)
            count(channels: nil, stage: .weightGradient)
        }
        finishBias()
    }

    private var tileCount: UInt64 {
        let perImage = (smallHeight + tiles.rowsPerTile - 1) / max(1, tiles.rowsPerTile)
        return UInt64(perImage * error.batch)
    }

    private func count(channels: MapView?, stage: Stage) {
        let tensor =
            stage == .error ? command.operands[.destination] : command.operands[.source]
        guard let tensor else { return }
        let pixels = smallHeight * smallWidth * error.batch
        let area = geometry.kernel * geometry.kernel
        datapath.counters.count(
            multiplyAccumulates: UInt64(pixels * area * error.channels * tensor.channels),
            stage: stage
        )
    }

    private func finishBias() {
        guard let biasSums, let gradient = command.operands[.biasGradient] else { return }
        let accumulates = command.flags.contains(.accumulatesBias)
        let values = datapath.floats(gradient)
        for block in 0..<error.channelBlocks {
            for lane in 0..<16 {
                var total: Float = accumulates ? values[block * 16 + lane] : 0
                for image in 0..<error.batch {
                    let first = (image * error.channelBlocks + block) * error.height
                    for y in 0..<error.height { total += biasSums[(first + y) * 16 + lane] }
                }
                values[block * 16 + lane] = total
            }
        }
        if accumulates { datapath.transfer(gradient, .weightGradient, .read) }
        datapath.transfer(gradient, .weightGradient, .write)
    }
}
