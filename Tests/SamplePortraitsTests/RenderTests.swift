import SamplePortraits
import Testing

@Suite struct RenderTests {
    /// Pinned so that any change of a picture, on any host or build, is a decision.
    @Test(arguments: [
        (0, UInt64(0xCE04_7AF3_6ACA_B465), nil), (1, 0xD83E_8D97_836F_280C, nil),
        (2, 0x9C22_24F9_1974_1491, nil), (3, 0x9C85_454A_E97A_AE32, Condition.wideAngle),
    ])
    func picturesAreTheSameToTheBit(index: Int, pinned: UInt64, condition: Condition?) {
        let scene = Scene(seed: 20, index: index)
        let picture = render(scene, condition: condition, size: 64, seed: 5)
        #expect(digest(picture) == pinned)
    }

    @Test func drawingTwiceGivesTheSamePicture() {
        let scene = Scene(seed: 3, index: 8)
        #expect(render(scene, size: 64) == render(scene, size: 64))
    }

    @Test(arguments: [64, 65, 96, 101, 128])
    func everySizeFillsItsPicture(size: Int) {
        let picture = render(Scene(seed: 4, index: 1), size: size)
        #expect(picture.count == size * size * 3)
        // A portrait has light and dark parts wherever it is cut into quarters.
        for quarter in 0..<4 {
            let rows = quarter / 2 * size / 2..<(quarter / 2 + 1) * size / 2
            let columns = quarter % 2 * size / 2..<(quarter % 2 + 1) * size / 2
            let levels = rows.flatMap { row in
                columns.map { column in Int(picture[(row * size + column) * 3 + 1]) }
            }
            let low = levels.min() ?? 0
            let high = levels.max() ?? 0
            #expect(high - low > 40)
        }
    }

    @Test func aLargerPictureShowsTheSameScene() {
        let scene = Scene(seed: 6, index: 2)
        let small = render(scene, size: 64)
        let large = render(scene, size: 128)
        var averaged: [UInt8] = []
        for row in 0..<64 {
            for column in 0..<64 {
                for channel in 0..<3 {
                    let first = (row * 2 * 128 + column * 2) * 3 + channel
                    let sum = [0, 3, 128 * 3, 128 * 3 + 3].reduce(0) { $0 + Int(large[first + $1]) }
                    averaged.append(UInt8(sum / 4))
                }
            }
        }
        #expect(meanDifference(small, averaged) < 5)
    }

    @Test func seedsAndIndicesGiveDifferentPortraits() {
        let scenes = [
            Scene(seed: 1, index: 0), Scene(seed: 1, index: 1), Scene(seed: 2, index: 0),
            Scene(seed: 2, index: 1),
        ]
        let pictures = scenes.map { render($0, size: 64) }
        for first in pictures.indices {
            for second in pictures.indices where second > first {
                #expect(meanDifference(pictures[first], pictures[second]) > 10)
            }
        }
    }
}
