import ModelGraph
import Testing

/// What a zip archive may be for its tensors to be read.
@Suite struct TorchArchiveTests {
    private func refusal(_ bytes: [UInt8]) -> CheckpointError? {
        #expect(throws: CheckpointError.self) { try Checkpoint(decoding: bytes) }
    }

    private func refusal(_ change: (inout ZipFile) -> Void) -> CheckpointError? {
        var archive = TorchFile.small.archive
        change(&archive)
        return refusal(archive.bytes)
    }

    @Test func aStoredArchiveIsRead() throws {
        let checkpoint = try Checkpoint(decoding: TorchFile.small.bytes)
        #expect(checkpoint.format == .pytorch)
        #expect(try checkpoint["w"]?.values() == [1, -2])
    }

    @Test func longSizesAndACommentAreRead() throws {
        var archive = TorchFile.small.archive
        archive.entries[1].hasLongSizes = true
        archive.comment = Array("PK\u{5}\u{6} no record".utf8)
        #expect(try Checkpoint(decoding: archive.bytes)["w"]?.values() == [1, -2])
    }

    @Test func compressedEntriesAreRefused() {
        let error = refusal {
            $0.entries[1].method = 8
            $0.entries[1].size = 1 << 31
        }
        #expect(error?.kind == .archive)
        #expect(error?.description.contains("m/data/0") == true)
        #expect(error?.description.contains("it is compressed (method 8") == true)
    }

    @Test(arguments: [0x0001, 0x0040, 0x2000] as [UInt16])
    func encryptedEntriesAreRefused(flag: UInt16) {
        let error = refusal { $0.entries[0].flags |= flag }
        #expect(error?.fact == "it is encrypted")
    }

    @Test func namesThatAreUsedTwiceAreRefused() {
        let error = refusal { $0.entries.append($0.entries[1]) }
        #expect(error?.fact == "the name is used twice")
    }

    @Test func entriesThatOverlapAreRefused() {
        let error = refusal { archive in
            var twin = archive.entries[1]
            twin.localName = twin.name
            twin.name = "m/data/1"
            twin.offset = 0
            archive.entries.append(twin)
        }
        #expect(error?.kind == .archive)
        // Two names for the same bytes: the local header tells them apart.
        #expect(error?.fact.contains("disagrees") == true)
        let inside = refusal { archive in
            let local = ZipFile([ZipFile.Entry(name: "m/x", content: [])]).bytes
            archive.entries[1].content += local
            var entry = ZipFile.Entry(name: "m/x", content: [])
            entry.offset = UInt64(40 + archive.entries[0].content.count + 16 + 38 + 8)
            entry.localName = "m/y"
            archive.entries.append(entry)
        }
        #expect(inside?.fact.contains("overlap") == true, "\(inside?.description ?? "")")
    }

    @Test func bytesOutsideTheFileAreRefused() {
        for size in [1 << 20, 1 << 63, UInt64.max] {
            let error = refusal {
                $0.entries[1].hasLongSizes = true
                $0.entries[1].size = size
            }
            #expect(error?.fact == "its bytes are not within the file")
        }
        for offset in [1 << 20, 1 << 63, UInt64.max] {
            let error = refusal {
                $0.entries[1].hasLongSizes = true
                $0.entries[1].offset = offset
            }
            #expect(error?.kind == .archive)
        }
        #expect(refusal { $0.directoryOffset = 7 }?.kind == .archive)
    }

    @Test func absurdCountsAndPartsOfSeveralAreRefused() {
        #expect(refusal { $0.entryCount = 60_000 }?.fact.contains("60000 entries") == true)
        #expect(refusal { $0.entryCount = 1 }?.kind == .archive)
        #expect(refusal { $0.disk = 1 }?.fact.contains("one part of several") == true)
    }

    @Test func everyTruncationIsRefused() {
        let bytes = TorchFile.small.bytes
        for count in bytes.indices {
            #expect(throws: CheckpointError.self, "\(count) bytes") {
                try Checkpoint(decoding: Array(bytes.prefix(count)))
            }
        }
        #expect(refusal(Array(bytes.dropLast(5)))?.fact.contains("cut short") == true)
    }

    @Test func damagedBytesAreNoticed() throws {
        var bytes = TorchFile.small.bytes
        let start = try #require(bytes.firstRange(of: TorchFile.floats([1, -2]))).lowerBound
        bytes[start] ^= 1
        #expect(refusal(bytes)?.fact.contains("checksum") == true)
        #expect(try Checkpoint(decoding: bytes, verifying: false)["w"] != nil)
    }

    @Test func otherFilesAreRefusedWithAReason() {
        let legacy: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A]
        #expect(refusal(legacy)?.fact.contains("before 1.6") == true)
        #expect(refusal([0x80, 2, 0x7D, 0x2E])?.fact.contains("bare pickle") == true)
        let zip = ZipFile([ZipFile.Entry(name: "word/document.xml", content: [1])])
        #expect(refusal(zip.bytes)?.fact.contains("no file of torch.save") == true)
        let program = refusal { $0.entries.append(.init(name: "m/code/a.py", content: [1])) }
        #expect(program?.kind == .code)
        let big = refusal { $0.entries.append(.init(name: "m/byteorder", content: [1])) }
        #expect(big?.fact.contains("little-endian") == true)
        #expect(refusal { $0.entries.remove(at: 1) }?.fact.contains("missing") == true)
    }

    @Test func everyDamagedBitIsRefusedOrHarmless() {
        let bytes = TorchFile.small.bytes
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(bit)
                do {
                    let checkpoint = try Checkpoint(decoding: damaged)
                    #expect(try checkpoint.tensors.first?.values() == [1, -2], "byte \(place)")
                } catch {
                    // Refused, which is right.
                    continue
                }
            }
        }
    }
}
