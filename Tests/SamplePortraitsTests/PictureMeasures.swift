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
