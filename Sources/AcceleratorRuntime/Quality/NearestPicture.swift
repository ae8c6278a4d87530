/// Says which of several pictures another one is taken for: a check of what a picture shows that
/// knows the truth and asks no network.
package enum NearestPicture {
    /// The place of the candidate that is nearest where the candidates differ.
    ///
    /// What all candidates have in common says nothing about which one it is, and is left out.
    ///
    /// - Parameters:
    ///   - picture: Values in [-1, 1].
    ///   - candidates: Pictures of as many values.
    ///   - threshold: How far candidates are apart where they count as different.
    /// - Returns: That of the smallest mean square distance; nil where no two differ.
    package static func index(
        of picture: [Float],
        among candidates: [[Float]],
        threshold: Float = 0.05
    ) -> Int? {
        var distances = [Double](repeating: 0, count: candidates.count)
        var isAnyDifferent = false
        for place in picture.indices {
            var (lowest, highest) = (Float.infinity, -Float.infinity)
            for candidate in candidates {
                precondition(candidate.count == picture.count, "pictures are of one size")
                lowest = min(lowest, candidate[place])
                highest = max(highest, candidate[place])
            }
            guard highest - lowest > threshold else { continue }
            isAnyDifferent = true
            for (number, candidate) in candidates.enumerated() {
                let difference = Double(picture[place]) - Double(candidate[place])
                distances[number] += difference * difference
            }
        }
        guard isAnyDifferent else { return nil }
        return distances.indices.min { distances[$0] < distances[$1] }
    }
}
