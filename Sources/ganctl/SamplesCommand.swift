import ArgumentParser
import DurableStorage
import ImageCapture
import SamplePortraits

/// Draws portraits to try the program with.
struct SamplesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "samples",
        abstract: "Draw portraits with known attributes, to try retrain with.",
        discussion: """
            Writes portrait-0001.png and so on, and labels.csv with the attributes \
            \(Attribute.allCases.map(\.name).joined(separator: ", ")). The same seed draws the \
            same pictures on every machine.
            """
    )

    @Option(help: "Folder for the pictures; made if it is missing.")
    var output: String

    @Option(help: "Pictures to draw.")
    var count = 7

    @Option(help: "Seed of everything drawn.")
    var seed: UInt64 = 1

    @Option(help: "Side of the pictures in pixels.")
    var size = 256

    @Option(help: "Draw one person in all pictures: the person's number.")
    var person: Int?

    @Option(
        help: ArgumentHelp(
            "A condition of the camera or the person; may be repeated.",
            discussion: "One of \(Condition.allCases.map(\.name).joined(separator: ", "))."
        )
    )
    var condition: [String] = []

    @Flag(help: "Replace other files of the same names.")
    var force = false

    func validate() throws {
        guard (1...10_000).contains(count) else {
            throw ValidationError("--count is \(count); give 1 to 10000")
        }
        guard (Scene.minimumSize...2048).contains(size) else {
            throw ValidationError("--size is \(size); give \(Scene.minimumSize) to 2048")
        }
        if let person, person < 0 { throw ValidationError("--person is below 0") }
        for name in condition where Condition(name: name) == nil {
            let known = Condition.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--condition is '\(name)'; choose from \(known)")
        }
    }

    func run() throws {
        let folder = OutputFolder(path: output)
        let scenes = (0..<count).map { index in
            person.map { Scene(person: Person(seed: seed, index: $0), shot: index) }
                ?? Scene(seed: seed, index: index)
        }
        var table = "file," + Attribute.allCases.map(\.name).joined(separator: ",") + "\n"
        for (index, scene) in scenes.enumerated() {
            let values = Attribute.allCases.map { scene.shows($0) ? "1" : "0" }
            table += "\(Self.name(index)),\(values.joined(separator: ","))\n"
        }
        try check(folder, Array(table.utf8), as: Self.table)
        guard !folder.holds(Self.name(count)) else {
            throw CommandFailure(
                .configuration,
                "failed to draw: \(output) holds \(Self.name(count)), of which labels.csv would "
                    + "say nothing; choose another --output, or empty it"
            )
        }
        try folder.create()
        let conditions = condition.compactMap { Condition(name: $0) }
        for (index, scene) in scenes.enumerated() {
            let pixels = render(scene, conditions: conditions, size: size, seed: seed)
            guard let png = RGBImage(width: size, height: size, pixels: pixels).encodedPNG() else {
                throw CommandFailure(.internal, "failed to encode a portrait: no memory")
            }
            try check(folder, png, as: Self.name(index))
            try folder.write(png, as: Self.name(index))
        }
        try folder.write(Array(table.utf8), as: Self.table)
        print("drew \(count) portraits of \(size) x \(size) pixels into \(output)")
    }

    private static let table = "labels.csv"

    private static func name(_ index: Int) -> String {
        let number = String(index + 1)
        return "portrait-" + String(repeating: "0", count: max(0, 4 - number.count)) + number
            + ".png"
    }

    /// Refuses to replace another file; drawing the same once more loses nothing.
    private func check(_ folder: OutputFolder, _ bytes: [UInt8], as name: String) throws {
        guard !force, folder.holds(name) else { return }
        let isSame: Bool
        do throws(FileBytes.Failure) {
            isSame = try FileBytes.read(folder.file(name), maximumByteCount: 1 << 26) == bytes
        } catch {
            isSame = false
        }
        guard isSame else {
            throw CommandFailure(
                .configuration,
                "failed to draw: \(folder.file(name)) is there already, of other contents; "
                    + "choose another --output or replace it with --force"
            )
        }
    }
}
