import DatapathNumerics
import Glibc
import Testing

@Suite struct OrderedMathTests {
    /// Distance from the exact value in units of the result's last place.
    private func unitsInLastPlace(_ value: Float, _ exact: Double) -> Double {
        abs(Double(value) - exact) / Double(Float(exact).ulp)
    }

    @Test func theExponentialIsWithinOneUnitInTheLastPlace() {
        var worst = 0.0
        for step in 0...200_000 {
            let x = -87 + Float(step) * (175.7 / 200_000)
            worst = max(worst, unitsInLastPlace(OrderedMath.exp(x), Glibc.exp(Double(x))))
        }
        #expect(worst < 1)
    }

    @Test func theExponentialHasItsLimits() {
        #expect(OrderedMath.exp(0) == 1)
        #expect(OrderedMath.exp(-88) == 0)
        #expect(OrderedMath.exp(-.infinity) == 0)
        #expect(OrderedMath.exp(88.8) == .infinity)
        #expect(OrderedMath.exp(88.72283).isFinite)
        #expect(OrderedMath.exp(.nan).isNaN)
    }

    @Test func theLogarithmIsWithinOneUnitInTheLastPlace() {
        var worst = 0.0
        for bits in stride(from: UInt32(0x0000_0001), to: 0x7F80_0000, by: 9_973) {
            let x = Float(bitPattern: bits)
            worst = max(worst, unitsInLastPlace(OrderedMath.log(x), Glibc.log(Double(x))))
        }
        for step in 0...100_000 {
            let x = 0.5 + Float(step) * 0x1p-16
            guard x != 1 else { continue }
            worst = max(worst, unitsInLastPlace(OrderedMath.log(x), Glibc.log(Double(x))))
        }
        #expect(worst < 1)
    }

    @Test func theLogarithmHasItsLimits() {
        #expect(OrderedMath.log(1).bitPattern == 0)
        #expect(OrderedMath.log(0) == -.infinity)
        #expect(OrderedMath.log(.infinity) == .infinity)
        #expect(OrderedMath.log(-1).isNaN)
        #expect(OrderedMath.log(.nan).isNaN)
    }

    @Test func theTangentStaysWithinItsStatedError() {
        var worst = 0.0
        for bits in stride(from: UInt32(0x2380_0000), to: 0x4130_0000, by: 3_001) {
            let x = Float(bitPattern: bits)
            let exact = Glibc.tanh(Double(x))
            worst = max(worst, abs(Double(OrderedMath.tanh(x)) - exact) / exact)
        }
        #expect(worst < 0x1p-19)
    }

    @Test func theTangentIsOddAndReachesOne() {
        for bits in stride(from: UInt32(0), through: 0x7F80_0000, by: 30_011) {
            let x = Float(bitPattern: bits)
            #expect(OrderedMath.tanh(-x).bitPattern == OrderedMath.tanh(x).bitPattern ^ 0x8000_0000)
            if x >= 10 { #expect(OrderedMath.tanh(x) == 1) }
        }
        #expect(OrderedMath.tanh(.nan).isNaN)
    }

    @Test(arguments: [
        (0x3D80_0000, 0x3D7F_AAD0), (0x3F00_0000, 0x3EEC_9A9E), (0x3F80_0000, 0x3F42_F7D6),
        (0x4040_0000, 0x3F7E_BBE9), (0xC000_0000, 0xBF76_CA83), (0x3D00_0000, 0x3CFF_EAAD),
        (0x3C81_2345, 0x3C81_2088),
    ])
    func theTangentIsPinned(input: UInt32, expected: UInt32) {
        #expect(OrderedMath.tanh(Float(bitPattern: input)).bitPattern == expected)
    }

    @Test func theLogisticFunctionIsAccurateOnBothSides() {
        for step in -800...800 {
            let x = Float(step) / 10
            let exact = 1 / (1 + Glibc.exp(-Double(x)))
            #expect(unitsInLastPlace(OrderedMath.sigmoid(x), exact) < 3)
        }
    }
}
