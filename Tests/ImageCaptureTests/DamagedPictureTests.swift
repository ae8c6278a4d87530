import Glibc
import ImageCapture
import TestSupport
import Testing

/// Files cut short, mangled or made up: always an error or a picture, never a trap.
@Suite struct DamagedPictureTests {
    static func jpeg(isProgressive: Bool) throws -> [UInt8] {
        let bytes = try JPEGBuilder.bytes(width: 48, height: 40, isProgressive: isProgressive) {
            [UInt8(truncatingIfNeeded: $0 &* $1), UInt8($0 * 5), UInt8($1 * 6)]
        }
        return JPEGBuilder.adding(
            JPEGBuilder.tiff(orientation: 6, isBigEndian: true),
            to: bytes
        )
    }

    static func png(isInterlaced: Bool) -> [UInt8] {
        PNGBuilder(
            width: 40,
            height: 33,
            colourType: .colourAlpha,
            isInterlaced: isInterlaced,
            orientation: JPEGBuilder.tiff(orientation: 8, isBigEndian: true)
        ) { x, y in [x * 6, y * 7, x ^ y, 255 - x] }.bytes()
    }

    private static func error(from bytes: [UInt8], minimumSide: Int? = nil) -> ImageError? {
        do throws(ImageError) {
            _ = try RGBImage(decoding: bytes, name: "broken", minimumSide: minimumSide)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [false, true])
    func refusesAJPEGCutAnywhere(isProgressive: Bool) throws {
        let whole = try Self.jpeg(isProgressive: isProgressive)
        #expect(Self.error(from: whole) == nil)
        for count in 0..<whole.count {
            let error = Self.error(from: Array(whole[..<count]))
            switch error {
            case .notAnImage where count < 3: continue
            case .truncated("broken", .jpeg, _): continue
            default: Issue.record("cut to \(count) bytes: \(String(describing: error))")
            }
        }
    }

    @Test(arguments: [false, true])
    func refusesAPNGCutAnywhere(isInterlaced: Bool) throws {
        let whole = Self.png(isInterlaced: isInterlaced)
        #expect(Self.error(from: whole) == nil)
        for count in 0..<whole.count {
            let error = Self.error(from: Array(whole[..<count]))
            switch error {
            case .notAnImage where count < 8: continue
            case .truncated("broken", .png, _): continue
            default: Issue.record("cut to \(count) bytes: \(String(describing: error))")
            }
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func survivesRandomDamage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let originals = [
            try Self.jpeg(isProgressive: false), try Self.jpeg(isProgressive: true),
            Self.png(isInterlaced: false), Self.png(isInterlaced: true),
        ]
        var refusedCount = 0
        for round in 0..<1_500 {
            var bytes = originals[round % originals.count]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                Self.damage(&bytes, using: &generator)
            }
            if Self.error(from: bytes, minimumSide: 8) != nil { refusedCount += 1 }
        }
        #expect(refusedCount > 500)
    }

    private static func damage(
        _ bytes: inout [UInt8],
        using generator: inout SeededGenerator
    ) {
        guard bytes.count > 16 else { return }
        // Headers are short; half of the damage goes there.
        let reach = Bool.random(using: &generator) ? min(bytes.count, 200) : bytes.count
        let offset = Int.random(in: 0..<reach, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: offset)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: offset)
        default: bytes[offset] = 0xFF
        }
    }

    @Test func survivesRandomBytesBehindEverySignature() {
        var generator = SeededGenerator(seed: 5)
        let png = PNGBuilder(width: 40, height: 40) { _, _ in [0, 0, 0] }.headerOnly()
        let starts: [[UInt8]] = [
            [0xFF, 0xD8, 0xFF], [0xFF, 0xD8, 0xFF, 0xE1, 0, 40], PNGBuilder.signature, png,
            Array("RIFF".utf8), Array("BM".utf8), [],
        ]
        for start in starts {
            for count in 0..<150 {
                let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                #expect(Self.error(from: start + noise) != nil)
            }
        }
    }

    @Test func saysHowLargeAHugePictureIsAndWhatToDo() {
        let png = PNGBuilder(width: 20_000, height: 20_000) { _, _ in [] }.headerOnly()
        let expected = ImageError.tooLarge(path: "broken", width: 20_000, height: 20_000)
        #expect(Self.error(from: png) == expected)
        #expect(expected.description.contains("20000 x 20000"))
        #expect(expected.description.contains("100 megapixels"))
        #expect(expected.description.contains("scale the picture down"))
        let largest = PNGBuilder(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF) { _, _ in [] }
        #expect(
            Self.error(from: largest.headerOnly())
                == .tooLarge(path: "broken", width: 0x7FFF_FFFF, height: 0x7FFF_FFFF)
        )
    }

    /// With a quarter of a gigabyte to spare, asking for 1.2 GB would end the process.
    @Test func refusesAHugePictureBeforeAllocatingAnything() async {
        await #expect(processExitsWith: .success) {
            let png = PNGBuilder(width: 20_000, height: 20_000) { _, _ in [] }.headerOnly()
            let descriptor = open("/proc/self/statm", O_RDONLY)
            var text = [UInt8](repeating: 0, count: 128)
            let count = read(descriptor, &text, text.count)
            let fields = text.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
            let pageCount = try #require(
                fields.first.flatMap { UInt(String(decoding: $0, as: UTF8.self)) }
            )
            let byteCount = pageCount * UInt(sysconf(Int32(_SC_PAGESIZE))) + 256 << 20
            var limit = rlimit(rlim_cur: byteCount, rlim_max: byteCount)
            let status = setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
            try #require(status == 0)
            do throws(ImageError) {
                _ = try RGBImage(decoding: png, name: "huge.png")
                exit(1)
            } catch {
                guard case .tooLarge = error else { exit(2) }
            }
        }
    }

    @Test func refusesAHugeJPEGByItsHeaderAlone() throws {
        var bytes = try Self.jpeg(isProgressive: true)
        let frame = try #require(
            bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC2, 0]) }
        )
        bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x9C, 0x40, 0x9C, 0x40])
        #expect(
            Self.error(from: bytes) == .tooLarge(path: "broken", width: 40_000, height: 40_000)
        )
    }

    @Test(arguments: [(1, 1), (31, 400), (400, 31)])
    func refusesSmallPictures(width: Int, height: Int) throws {
        let png = PNGBuilder(width: width, height: height) { _, _ in [1, 2, 3] }.bytes()
        let expected = ImageError.tooSmall(path: "broken", width: width, height: height)
        #expect(Self.error(from: png) == expected)
        let jpeg = try JPEGBuilder.bytes(width: width, height: height) { _, _ in [1, 2, 3] }
        #expect(Self.error(from: jpeg) == expected)
        #expect(expected.description.contains("32"))
    }

    @Test(arguments: [
        ([], "an empty file"), (Array("file,smiling\n".utf8), "text"),
        ([0, 1, 2, 3], "data that starts with 00 01 02 03"),
    ])
    func saysWhatAFileIsInstead(bytes: [UInt8], found: String) {
        #expect(Self.error(from: bytes) == .notAnImage(path: "broken", found: found))
    }

    @Test(arguments: [
        (Array("GIF89a".utf8), "a GIF"), (Array("RIFF\0\0\0\0WEBPVP8 ".utf8), "a WebP"),
        (Array("\0\0\0\u{18}ftypheic".utf8), "a HEIC"), (Array("II*\0".utf8), "a TIFF"),
        (Array("\0\0\0\u{18}ftypavif".utf8), "an AVIF"),
        (Array("BM\u{10}\0\0\0\0\0\0\0".utf8), "a BMP"),
    ])
    func namesPicturesOfOtherFormats(bytes: [UInt8], format: String) {
        #expect(Self.error(from: bytes) == .unsupported(path: "broken", format: format))
    }
}
