"""`aif:core:*`: what every asset states, whatever its class (17 attributes)."""

from twin.stage.aif_table import Name

# Source: simready-foundation-tier-aif 2026.8.0, capability-metadata.md and AM.002 to AM.006.
CORE = (
    Name("manufacturer", "string", rule="AM.003"),
    Name("modelNumber", "string", rule="AM.003"),
    Name("overallGeometryDimensions", "float3", "mm", trap="W×D×H in mm on a stage in metres", rule="AM.004"),
    Name("weight", "float", "kg", trap="a mass", rule="AM.004"),
    Name("height", "float", "mm", rule="AM.004"),
    Name("width", "float", "mm", rule="AM.004"),
    Name("depth", "float", "mm", rule="AM.004"),
    Name("installationClearance", "float", "mm", rule="AM.004"),
    Name("accessibilityRequirement", "float", "mm", rule="AM.004"),
    Name("assetVersion", "string", trap="revision of the asset, not of the product", rule="AM.003"),
    Name("assetClass", "string", rule="AM.002"),
    Name("simreadyVersion", "string", rule="AM.005"),
    Name("sceneOptimizerVersion", "string"),
    Name("assetValidatorVersion", "string"),
    Name("assetDescription", "string", rule="AM.006"),
    Name("connectsToModelDocumentation", "string", rule="AM.006"),
    Name("assetCreationDate", "string"),
)
