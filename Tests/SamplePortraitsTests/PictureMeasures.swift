import SamplePortraits

/// The 64-bit FNV-1a digest of a picture.
func digest(_ picture: [UInt8]) -> UInt64 {
    picture.reduce(0xCBF2_9CE4_8422_2325) { hash, byte in
        (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}

/// The pixels at which two pictures of `size` differ.
func changedPixels(_ a: [UInt8], _ b: [UInt8], size: Int) -> [(row: Int, column: Int)] {
    var changed: [(row: Int, column: Int)] = []
    for pixel in 0..<size * size {
        let base = pixel * 3
        if a[base] != b[base] || a[base + 1] != b[base + 1] || a[base + 2] != b[base + 2] {
            changed.append((pixel / size, pixel % size))
        }
    }
    return changed
}

/// The mean difference of two pictures' bytes, in steps of 1/255.
func meanDifference(_ a: [UInt8], _ b: [UInt8]) -> Double {
    var sum = 0
    for index in a.indices {
        sum += abs(Int(a[index]) - Int(b[index]))
    }
    return Double(sum) / Double(a.count)
}

/// The mean byte of a picture.
func meanLevel(_ picture: [UInt8]) -> Double {
    Double(picture.reduce(0) { $0 + Int($1) }) / Double(picture.count)
}

/// What a viewer sees of a picture's tones, in steps of 1/255.
struct Tones {
    /// The mean byte.
    var level = 0.0
    /// What one pixel in fifty is darker than, and brighter than.
    var black = 0.0
    var white = 0.0
    /// The mean of the brightest less the darkest channel.
    var saturation = 0.0
    /// The mean byte of the upper corners, of the left and of the right one.
    var corners = (left: 0.0, right: 0.0)
    /// The mean red, green and blue of the middle of the face.
    var face: [Double] = [0, 0, 0]
    /// The means of the left and the right half of the face.
    var halves = (left: 0.0, right: 0.0)
    /// The mean step from one pixel to the next.
    var roughness = 0.0

    init(_ picture: [UInt8], of scene: Scene, size: Int) {
        let greys = (0..<size * size).map { pixel in
            Double(picture[pixel * 3..<pixel * 3 + 3].reduce(0) { $0 + Int($1) }) / 3
        }
        level = meanLevel(picture)
        let sorted = greys.sorted()
        black = sorted[sorted.count / 50]
        white = sorted[sorted.count - 1 - sorted.count / 50]
        for pixel in greys.indices {
            let channels = picture[pixel * 3..<pixel * 3 + 3]
            saturation += Double((channels.max() ?? 0) - (channels.min() ?? 0))
        }
        saturation /= Double(greys.count)
        let side = size / 16
        func mean(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
            let values = rows.flatMap { row in columns.map { greys[row * size + $0] } }
            return values.reduce(0, +) / Double(values.count)
        }
        corners = (mean(0..<side, 0..<side), mean(0..<side, size - side..<size))
        let middle = scene.region(of: .middle, size: size)
        for channel in 0..<3 {
            for row in middle.rows {
                for column in middle.columns {
                    face[channel] += Double(picture[(row * size + column) * 3 + channel])
                }
            }
            face[channel] /= Double(middle.rows.count * middle.columns.count)
        }
        let wide = scene.region(of: .eyes, size: size).columns
        let center = (wide.lowerBound + wide.upperBound) / 2
        halves = (
            mean(middle.rows, wide.lowerBound..<center), mean(middle.rows, center..<wide.upperBound)
        )
        roughness =
            zip(greys, greys.dropFirst()).map { abs($0 - $1) }.reduce(0, +) / Double(greys.count)
    }

    /// The mean byte of the middle of the face.
    var faceLevel: Double { face.reduce(0, +) / 3 }
}
