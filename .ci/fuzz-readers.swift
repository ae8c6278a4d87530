// What the fuzz lane feeds: the readers of users' files, which have to refuse or read anything.

/// Reads one input as a file of weights; an input that begins like a pickle is put into an archive
/// first, so that the pickle machine is reached without the archive's own checks.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    do throws(CheckpointError) {
        let file = input.first == 0x80 ? try archive(around: input) : input
        // Checksums are ignored: a mutation would hardly ever get past them.
        let checkpoint = try Checkpoint(decoding: file, verifying: false)
        for tensor in checkpoint.tensors {
            precondition(tensor.contiguousBytes.count == tensor.byteCount)
            if tensor.elementType.isFloatingPoint { try check(tensor) }
        }
        _ = checkpoint.withNetworkNames()
        for format in Checkpoint.Format.allCases { try checkExport(of: checkpoint, as: format) }
    } catch {
        // Refused, which is fine; the message has to be printable.
        precondition(!error.description.unicodeScalars.contains { $0.value < 0x20 })
    }
    return 0
}

/// Numbers that did not change keep their bytes.
private func check(_ tensor: CheckpointTensor) throws(CheckpointError) {
    let values = try tensor.values()
    precondition(values.count == tensor.elementCount)
    guard !values.contains(where: \.isNaN) else { return }
    let same = try tensor.replacing(with: values)
    precondition(same.contiguousBytes == tensor.contiguousBytes)
}

/// Whatever was written can be read, and is the same.
private func checkExport(
    of checkpoint: Checkpoint,
    as format: Checkpoint.Format
) throws(CheckpointError) {
    let bytes: [UInt8]
    do throws(CheckpointError) {
        bytes = try checkpoint.encoded(as: format)
    } catch {
        // Not every type and name can be expressed in both formats.
        return
    }
    guard !checkpoint.tensors.isEmpty else { return }
    do throws(CheckpointError) {
        let again = try Checkpoint(decoding: bytes)
        precondition(again.tensors.count == checkpoint.tensors.count)
        for tensor in checkpoint.tensors {
            let copy = again[tensor.path.joined(separator: ".")]
            precondition(copy?.shape == tensor.shape && copy?.elementType == tensor.elementType)
            precondition(copy?.contiguousBytes == tensor.contiguousBytes)
        }
    } catch {
        preconditionFailure("an export was refused: \(error)")
    }
}

private func archive(around pickle: [UInt8]) throws(CheckpointError) -> [UInt8] {
    var archive = ZipWriter()
    try archive.append("a/data.pkl", pickle)
    for key in 0..<4 {
        try archive.append("a/data/\(key)", (0..<UInt8(96)).map { $0 &* 37 })
    }
    return archive.finished()
}
