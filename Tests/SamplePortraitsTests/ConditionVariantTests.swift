import SamplePortraits
import Testing

/// What a condition is like is the user's: one tint, lamp, window or hat in all pictures.
@Suite struct ConditionVariantTests {
    private let size = 64

    private func scenes(_ seed: UInt64) -> [Scene] {
        SampleUser(conditions: [], seed: seed, size: size, pictureCount: 5, judgedCount: 1)
            .pictures.map(\.scene)
    }

    /// By what each channel's light differs from the ordinary picture's, where neither is clipped.
    private func tint(_ scene: Scene, seed: UInt64) -> [Double] {
        let ordinary = render(scene, size: size)
        let shifted = render(scene, condition: .dimTint, size: size, seed: seed)
        var sums = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
        for index in ordinary.indices where (40..<190).contains(ordinary[index]) {
            sums[index % 3][0] += Double(ordinary[index]) * Double(ordinary[index])
            sums[index % 3][1] += Double(shifted[index]) * Double(shifted[index])
        }
        return sums.map { $0[1] / $0[0] }
    }

    @Test func aUsersTintIsTheSameInAllShots() {
        let tints = (1...4 as ClosedRange<UInt64>).map { seed in
            scenes(seed).map { tint($0, seed: seed) }
        }
        for user in tints {
            for shot in user {
                for (value, first) in zip(shot, user[0]) {
                    #expect(abs(value / first - 1) < 0.06)
                }
            }
        }
        let others = tints.dropFirst().map { $0[0] }
        #expect(others.contains { zip($0, tints[0][0]).contains { abs($0 / $1 - 1) > 0.15 } })
    }

    @Test func aUsersLampIsOnOneSide() {
        var sides: Set<Bool> = []
        for seed in 1...8 as ClosedRange<UInt64> {
            let isLeft = scenes(seed).map { scene in
                let picture = render(scene, condition: .sideLight, size: size, seed: seed)
                let halves = Tones(picture, of: scene, size: size).halves
                return halves.left > halves.right
            }
            #expect(Set(isLeft).count == 1)
            sides.formUnion(isLeft)
        }
        #expect(sides == [true, false])
    }

    @Test func aUsersGlareIsOfOneColor() {
        // Outside the disc of a fisheye nothing but the glare is seen.
        let glares = (1...4 as ClosedRange<UInt64>).map { seed in
            scenes(seed).map { scene in
                let picture = render(
                    scene,
                    conditions: [.noiseBlur, .wideAngle],
                    size: size,
                    seed: seed
                )
                return (0..<3).map { channel in
                    let corner = (0..<6).flatMap { row in
                        (0..<6).map { Double(picture[(row * size + $0) * 3 + channel]) }
                    }
                    return corner.reduce(0, +) / 36
                }
            }
        }
        for user in glares {
            for shot in user {
                #expect(shot.allSatisfy { $0 > 80 })
                #expect(zip(shot, user[0]).allSatisfy { abs($0 - $1) < 7 }, "\(user)")
            }
        }
        let others = glares.dropFirst().map { $0[0] }
        #expect(others.contains { zip($0, glares[0][0]).contains { abs($0 - $1) > 8 } })
    }

    @Test func aUsersWindowStaysInPlace() {
        var places: Set<Int> = []
        for seed in 1...6 as ClosedRange<UInt64> {
            let columns = scenes(seed).map { scene in
                let picture = render(scene, condition: .backlight, size: size, seed: seed)
                // The top row is above every head: its darkest pixel is the window's upright.
                return (0..<size).min { picture[$0 * 3] < picture[$1 * 3] } ?? 0
            }
            let spread = (columns.max() ?? 0) - (columns.min() ?? 0)
            #expect(spread <= 2, "\(columns)")
            places.insert(columns[0])
        }
        #expect(places.count > 2)
    }

    @Test(arguments: [(3 as UInt64, true), (5, true), (6, false), (7, false)])
    func aUserWearsOneHat(seed: UInt64, hasBrim: Bool) {
        for scene in scenes(seed) {
            let worn = Silhouette(of: scene, [.hat], size: size, seed: seed)
            #expect((worn.widthOfCrown(of: scene) > 1.15 * worn.width(atEyesOf: scene)) == hasBrim)
        }
    }

    @Test func everyShotHasItsOwnNoise() {
        // Two shots of which everything is black but the noise: the corners outside the disc.
        let corners = scenes(2).map { scene in
            let picture = render(scene, conditions: [.noiseBlur, .wideAngle], size: size, seed: 2)
            return Array(picture[0..<size / 8 * 3])
        }
        #expect(Set(corners).count == corners.count)
    }
}
