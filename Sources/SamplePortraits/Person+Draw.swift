/// The draws of a person's parts, each from a stream of its own.
extension Person {
    static func drawSkin(_ seed: UInt64, _ index: Int) -> Skin {
        var stream = RandomStream(seed: seed, index: index, stream: 10)
        return Skin(
            melanin: stream.chance(0.6) ? stream.uniform(0, 0.4) : stream.uniform(0.35, 1),
            undertone: stream.around(0, 1),
            flush: stream.uniform(0.2, 1),
            freckles: stream.chance(0.15) ? stream.uniform(0.4, 1) : 0
        )
    }

    static func drawHead(_ seed: UInt64, _ index: Int, _ softness: Float) -> Head {
        var stream = RandomStream(seed: seed, index: index, stream: 11)
        return Head(
            halfWidth: stream.around(0.685, 0.05),
            length: stream.around(1, 0.06),
            jawHalfWidth: mix(0.585, 0.51, softness) + stream.around(0, 0.05),
            chinHalfWidth: mix(0.26, 0.19, softness) + stream.around(0, 0.05),
            chinDrop: stream.around(0, 0.04),
            cheekbones: stream.uniform(0.4, 1.2),
            neckHalfWidth: mix(0.44, 0.34, softness) + stream.around(0, 0.03)
        )
    }

    static func drawEyes(
        _ seed: UInt64,
        _ index: Int,
        _ softness: Float,
        _ melanin: Float
    ) -> Eyes {
        var stream = RandomStream(seed: seed, index: index, stream: 12)
        let irises = [
            Color(picture: 0.30, 0.18, 0.10), Color(picture: 0.42, 0.27, 0.14),
            Color(picture: 0.36, 0.50, 0.62), Color(picture: 0.36, 0.47, 0.34),
            Color(picture: 0.45, 0.50, 0.52),
        ]
        let choice = stream.index(below: irises.count)
        let iris = irises[melanin > 0.45 ? choice % 2 : choice]
        return Eyes(
            spacing: stream.around(0.292, 0.02),
            halfWidth: stream.around(0.142, 0.014),
            opening: mix(0.82, 1.02, softness) + stream.around(0, 0.16),
            slant: stream.around(0.07, 0.13),
            iris: iris.mixed(Color(picture: 0.3, 0.2, 0.1), stream.uniform(0, 0.3)),
            lidCrease: stream.uniform(0.25, 1),
            lashes: mix(0.25, 0.9, softness) + stream.around(0, 0.2)
        )
    }

    static func drawBrows(_ seed: UInt64, _ index: Int, _ softness: Float) -> Brows {
        var stream = RandomStream(seed: seed, index: index, stream: 13)
        let dark = Color(picture: 0.13, 0.10, 0.08)
        let light = Color(picture: 0.36, 0.25, 0.17)
        return Brows(
            height: mix(0.155, 0.185, softness) + stream.around(0, 0.025),
            arch: mix(0.025, 0.055, softness) + stream.around(0, 0.02),
            rise: stream.around(0.01, 0.03),
            thickness: mix(0.040, 0.027, softness) + stream.around(0, 0.01),
            tone: dark.mixed(light, stream.unit())
        )
    }

    static func drawNose(_ seed: UInt64, _ index: Int, _ softness: Float) -> Nose {
        var stream = RandomStream(seed: seed, index: index, stream: 14)
        return Nose(
            halfWidth: mix(0.150, 0.130, softness) + stream.around(0, 0.025),
            length: stream.around(0.415, 0.035),
            bridge: mix(1.1, 0.75, softness) + stream.around(0, 0.3),
            tip: stream.uniform(0.7, 1.3)
        )
    }

    static func drawMouth(_ seed: UInt64, _ index: Int, _ softness: Float) -> Mouth {
        var stream = RandomStream(seed: seed, index: index, stream: 15)
        return Mouth(
            halfWidth: stream.around(0.232, 0.025),
            upper: mix(0.036, 0.052, softness) + stream.around(0, 0.014),
            lower: mix(0.054, 0.074, softness) + stream.around(0, 0.016),
            redness: mix(0.15, 0.62, softness) + stream.around(0, 0.3),
            bow: stream.uniform(0.3, 1)
        )
    }

    static func drawEars(_ seed: UInt64, _ index: Int) -> Ears {
        var stream = RandomStream(seed: seed, index: index, stream: 16)
        return Ears(height: stream.around(0.25, 0.03), protrusion: stream.uniform(0.045, 0.09))
    }

    static func drawBeard(_ seed: UInt64, _ index: Int, _ softness: Float) -> Beard {
        var stream = RandomStream(seed: seed, index: index, stream: 17)
        let rough = softness < 0.42
        let bearded = rough && stream.chance(0.35)
        let moustached = rough && (bearded || stream.chance(0.1))
        let dark = Color(picture: 0.15, 0.11, 0.09)
        return Beard(
            stubble: rough ? stream.uniform(0.05, 0.75) : 0,
            chin: bearded ? stream.uniform(0.5, 1) : 0,
            moustache: moustached ? stream.uniform(0.5, 1) : 0,
            tone: dark.mixed(Color(picture: 0.36, 0.25, 0.17), stream.unit())
        )
    }

    static func drawHair(
        _ seed: UInt64,
        _ index: Int,
        _ softness: Float
    ) -> Hair {
        var stream = RandomStream(seed: seed, index: index, stream: 18)
        let short: [HairStyle] = [
            .cropped, .sidePart, .sidePart, .sweptBack, .tousled, .tousled, .afro, .curly,
            .sweptBack,
        ]
        let grown: [HairStyle] = [
            .long, .long, .wavy, .wavy, .bob, .fringe, .bun, .curly, .afro, .long, .tousled,
        ]
        let choices = softness > 0.5 ? grown : short
        return Hair(
            style: choices[stream.index(below: choices.count)],
            shade: stream.unit(),
            parting: stream.around(0, 0.3),
            volume: stream.uniform(0.6, 1.3),
            length: stream.unit(),
            wave: stream.unit(),
            hairline: stream.around(0, 0.05)
        )
    }

    static func drawGlasses(_ seed: UInt64, _ index: Int) -> Glasses {
        var stream = RandomStream(seed: seed, index: index, stream: 19)
        let colors = [
            Color(picture: 0.06, 0.06, 0.07), Color(picture: 0.06, 0.06, 0.07),
            Color(picture: 0.24, 0.13, 0.07), Color(picture: 0.40, 0.29, 0.12),
            Color(picture: 0.22, 0.23, 0.26), Color(picture: 0.40, 0.08, 0.09),
        ]
        let shapes = GlassesShape.allCases
        return Glasses(
            shape: shapes[stream.index(below: shapes.count)],
            halfWidth: stream.around(0.225, 0.02),
            halfHeight: stream.around(0.175, 0.02),
            rim: stream.uniform(0.03, 0.045),
            color: colors[stream.index(below: colors.count)],
            tint: stream.uniform(0.35, 0.6)
        )
    }
}
