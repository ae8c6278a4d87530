import SamplePortraits
import Testing

@Suite struct AttributeTests {
    private let size = 96

    @Test func namesAreStable() {
        #expect(
            Attribute.allCases.map(\.name)
                == ["black_hair", "blond_hair", "brown_hair", "glasses", "smile"]
        )
        for attribute in Attribute.allCases {
            #expect(Attribute(name: attribute.name) == attribute)
        }
        #expect(Attribute(name: "hat") == nil)
    }

    @Test(arguments: 0..<6)
    func glassesChangeOnlyTheEyes(index: Int) {
        let scene = Scene(seed: 21, index: index)
        let without = render(scene.setting(.glasses, to: false), size: size)
        let with = render(scene.setting(.glasses, to: true), size: size)
        let region = scene.region(of: .eyes, size: size)
        let changed = changedPixels(without, with, size: size)
        #expect(changed.count > size * size / 100)
        #expect(changed.allSatisfy { region.contains(row: $0.row, column: $0.column) })
    }

    @Test(arguments: 0..<6)
    func smilesChangeOnlyMouthAndCheeks(index: Int) {
        let scene = Scene(seed: 22, index: index)
        let without = render(scene.setting(.smile, to: false), size: size)
        let with = render(scene.setting(.smile, to: true), size: size)
        let region = scene.region(of: .mouth, size: size)
        let changed = changedPixels(without, with, size: size)
        #expect(changed.count > size * size / 100)
        #expect(changed.allSatisfy { region.contains(row: $0.row, column: $0.column) })
    }

    @Test(arguments: 0..<6)
    func hairColorsLeaveTheFaceAlone(index: Int) {
        let scene = Scene(seed: 23, index: index)
        let region = scene.region(of: .middle, size: size)
        #expect(!region.rows.isEmpty && !region.columns.isEmpty)
        let black = render(scene.setting(.blackHair, to: true), size: size)
        for color in [Attribute.blondHair, .brownHair] {
            let other = render(scene.setting(color, to: true), size: size)
            let changed = changedPixels(black, other, size: size)
            #expect(changed.count > size * size / 50)
            #expect(!changed.contains { region.contains(row: $0.row, column: $0.column) })
        }
    }

    @Test(arguments: 0..<4)
    func blondHairIsLighterThanBrownAndBrownThanBlack(index: Int) {
        let scene = Scene(seed: 24, index: index)
        let levels = [Attribute.blackHair, .brownHair, .blondHair].map {
            meanLevel(render(scene.setting($0, to: true), size: size))
        }
        #expect(levels[0] < levels[1])
        #expect(levels[1] < levels[2])
    }
}
