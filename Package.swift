// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: Swift 6 mode, the upcoming features the code is written for,
/// and no warning left standing.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

/// Modules that firmware compiles too: what Embedded Swift cannot do fails in the host build.
let deviceShared: [SwiftSetting] =
    strict + [.treatWarning("EmbeddedRestrictions", as: .error)]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "gan-accelerator",
    products: [
        .executable(name: "ganctl", targets: ["ganctl"]),
        .library(name: "FirmwareCore", targets: ["AcceleratorISA", "FirmwareCore"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    ],
    targets: [
        // The contract with the device, and its arithmetic.
        .target(name: "AcceleratorISA", swiftSettings: deviceShared),
        .target(
            name: "DatapathNumerics",
            dependencies: ["AcceleratorISA"],
            swiftSettings: deviceShared
        ),
        .target(
            name: "CDatapathKernels",
            cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]
        ),

        // The device's brain, and the chip that stands in for the board.
        .target(
            name: "FirmwareCore",
            dependencies: ["AcceleratorISA"],
            swiftSettings: deviceShared
        ),
        .target(
            name: "ChipEmulator",
            dependencies: [
                "AcceleratorDriver", "AcceleratorISA", "CDatapathKernels", "DatapathNumerics",
                "FirmwareCore",
            ],
            swiftSettings: strict
        ),

        // The host, from the model down to one device.
        .target(
            name: "ModelGraph",
            dependencies: ["AcceleratorISA", "DatapathNumerics"],
            swiftSettings: strict
        ),
        .target(
            name: "RetrainingCompiler",
            dependencies: ["AcceleratorISA", "ModelGraph", "PerformanceModel"],
            swiftSettings: strict
        ),
        .target(
            name: "PerformanceModel",
            dependencies: ["AcceleratorISA", "FirmwareCore"],
            swiftSettings: strict
        ),
        .target(
            name: "AcceleratorDriver",
            dependencies: ["AcceleratorISA"],
            swiftSettings: strict
        ),
        .target(name: "BuiltInModels", resources: [.copy("Models")]),
        .target(
            name: "AcceleratorRuntime",
            dependencies: [
                "AcceleratorDriver", "AcceleratorISA", "BuiltInModels", "DatapathNumerics",
                "DurableStorage", "ModelGraph", "PerformanceModel", "RetrainingCompiler", crypto,
            ],
            swiftSettings: strict
        ),

        // Files that survive crashes.
        .target(name: "DurableStorage", swiftSettings: strict),

        // Pictures.
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CTurboJPEG",
            pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"])]
        ),
        .target(
            name: "CImage",
            dependencies: ["CPNG", "CTurboJPEG"],
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]
        ),
        .target(
            name: "ImageCapture",
            dependencies: ["CImage", "DurableStorage"],
            swiftSettings: strict
        ),
        .target(name: "SamplePortraits", swiftSettings: strict),

        // Programs.
        .systemLibrary(name: "CMalloc"),
        .executableTarget(
            name: "ganctl",
            dependencies: [
                "AcceleratorDriver", "AcceleratorISA", "AcceleratorRuntime", "CMalloc",
                "ChipEmulator",
                "DurableStorage", "ImageCapture", "ModelGraph", "PerformanceModel",
                "RetrainingCompiler", "SamplePortraits",
                argumentParser,
            ],
            swiftSettings: strict
        ),

        // Tests, one target a module, and what they share.
        .target(
            name: "TestSupport",
            dependencies: [
                "AcceleratorISA", "ChipEmulator", "DatapathNumerics", "FirmwareCore", "ModelGraph",
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "DurableStorageTests",
            dependencies: ["DurableStorage", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AcceleratorISATests",
            dependencies: ["AcceleratorISA"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FirmwareCoreTests",
            dependencies: ["AcceleratorISA", "FirmwareCore"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DatapathNumericsTests",
            dependencies: ["AcceleratorISA", "CDatapathKernels", "DatapathNumerics"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ChipEmulatorTests",
            dependencies: [
                "AcceleratorDriver", "AcceleratorISA", "ChipEmulator", "DatapathNumerics",
                "FirmwareCore", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AcceleratorDriverTests",
            dependencies: [
                "AcceleratorDriver", "AcceleratorISA", "ChipEmulator", "FirmwareCore",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AcceleratorRuntimeTests",
            dependencies: [
                "AcceleratorDriver", "AcceleratorISA", "AcceleratorRuntime", "ChipEmulator",
                "DatapathNumerics", "DurableStorage", "ModelGraph", "PerformanceModel",
                "RetrainingCompiler", "SamplePortraits", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "GanctlTests",
            dependencies: [
                "AcceleratorRuntime", "CImage", "DurableStorage", "ImageCapture", "ModelGraph",
                "PerformanceModel", "SamplePortraits", "TestSupport", "ganctl",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ModelGraphTests",
            dependencies: ["DatapathNumerics", "ModelGraph", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PerformanceModelTests",
            dependencies: [
                "AcceleratorISA", "ChipEmulator", "FirmwareCore", "ModelGraph",
                "PerformanceModel", "RetrainingCompiler", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RetrainingCompilerTests",
            dependencies: [
                "AcceleratorISA", "ModelGraph", "RetrainingCompiler", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ImageCaptureTests",
            dependencies: ["CImage", "DurableStorage", "ImageCapture", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SamplePortraitsTests",
            dependencies: ["SamplePortraits"],
            swiftSettings: strict
        ),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ]
)
