import AcceleratorRuntime
import Testing

@Suite struct ReadableTests {
    @Test(arguments: [
        (0, 0, "0"), (1.25, 1, "1.3"), (-0.04, 2, "-0.04"), (0.996, 2, "1.00"), (12, 3, "12.000"),
        (-0.0001, 2, "0.00"), (.infinity, 2, "infinite"), (1e300, 2, "1e+300"),
    ])
    func decimals(value: Double, places: Int, text: String) {
        #expect(Readable.decimal(value, places: places) == text)
    }

    @Test(arguments: [
        (0.274, "W", "274 mW"), (20, "s", "20.0 s"), (1.5e9, "B", "1.50 GB"), (0, "J", "0 J"),
        (999.96, "B", "1.00 kB"), (3e-7, "J", "300 nJ"), (5e-15, "J", "0.01 pJ"),
        (2e19, "", "20000 P"), (-1500, "m", "-1.50 km"),
    ])
    func quantities(value: Double, unit: String, text: String) {
        #expect(Readable.quantity(value, unit) == text)
    }

    @Test(arguments: [
        (0, "0"), (0.000123456, "0.000123"), (12.5, "12.5"), (1234.5, "1235"), (0.5, "0.5"),
        (99.96, "100"), (1e-9, "1e-09"), (100, "100"), (-3, "-3"),
    ])
    func numbers(value: Double, text: String) {
        #expect(Readable.number(value) == text)
    }

    @Test func fractionsAndCounts() {
        #expect(Readable.percent(0.387) == "38.7 %")
        #expect(Readable.percent(-0.05) == "-5.0 %")
        #expect(Readable.count(999) == "999")
        #expect(Readable.count(12_345_678) == "12.3 M")
    }
}
