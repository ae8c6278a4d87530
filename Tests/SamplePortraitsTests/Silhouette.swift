import SamplePortraits

/// A person against a bright window: which pixels are the person's.
struct Silhouette {
    let size: Int
    private let isPerson: [Bool]

    init(of scene: Scene, _ conditions: [Condition], size: Int, seed: UInt64) {
        self.size = size
        let picture = render(scene, conditions: conditions + [.backlight], size: size, seed: seed)
        // Even the window's bars are brighter than this, blond hair at its rim hardly ever.
        isPerson = (0..<size * size).map { picture[$0 * 3 + 2] < 110 }
    }

    /// The pixels of the person in one row.
    func width(atRow row: Int) -> Int {
        isPerson[row * size..<(row + 1) * size].count { $0 }
    }

    /// The pixels of the person at the height of the eyes.
    func width(atEyesOf scene: Scene) -> Double {
        Double(width(atRow: scene.region(of: .middle, size: size).rows.lowerBound))
    }

    /// The most pixels of the person in one row above the eyes.
    func widthOfCrown(of scene: Scene) -> Double {
        let eyes = scene.region(of: .middle, size: size).rows.lowerBound
        return Double((0..<eyes - size / 16).map(width(atRow:)).max() ?? 0)
    }
}
