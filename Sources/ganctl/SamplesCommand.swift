import ArgumentParser
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
        try folder.create()
        let conditions = condition.compactMap { Condition(name: $0) }
        var table = "file," + Attribute.allCases.map(\.name).joined(separator: ",") + "\n"
        for index in 0..<count {
            let scene =
                person.map { Scene(person: Person(seed: seed, index: $0), shot: index) }
                ?? Scene(seed: seed, index: index)
            let pixels = render(scene, conditions: conditions, size: size, seed: seed)
            let number = String(index + 1)
            let zeros = String(repeating: "0", count: max(0, 4 - number.count))
            let name = "portrait-\(zeros)\(number).png"
            try folder.write(RGBImage(width: size, height: size, pixels: pixels), as: name)
            let values = Attribute.allCases.map { scene.shows($0) ? "1" : "0" }
            table += "\(name),\(values.joined(separator: ","))\n"
        }
        try folder.write(Array(table.utf8), as: "labels.csv")
        print("drew \(count) portraits of \(size) x \(size) pixels into \(output)")
    }
}
