"""Sentences as papers of many publishers print them, each with the quantities a reader finds in it."""

from __future__ import annotations

from typing import Final

# sentence: (value, unit) or (value, unit, max), in any order, and nothing else
SENTENCES: Final[dict[str, list[tuple[float, str] | tuple[float, str, float]]]] = {
    # electrochemistry and microbial fuel cells
    "A maximum power density of 1,253 ± 45 mW/m2 was obtained with 1000 Ω.": [(1253, "mW/m**2"), (1000, "ohm")],
    "The anode (projected surface area 7 cm2) and the cathode were 4 cm apart.": [(7, "cm**2"), (4, "cm")],
    "The medium contained 50 mM phosphate buffer and 1 g/L sodium acetate (pH 7.0).": [
        (50, "mmol/L"), (1, "g/L"), (7, "pH")],
    "COD removal was 85–92% at an HRT of 12 h and an OLR of 1.5 kg COD m⁻³ d⁻¹.": [
        (85, "percent", 92), (12, "h"), (1.5, "kg/m**3/day")],
    "CVs were recorded from −0.8 to 0.4 V vs. Ag/AgCl at 5 mV/s.": [(-0.8, "V", 0.4), (5, "mV/s")],
    "The cell delivered 166.3, 156.1 and 120.9 mAh g⁻¹ at 0.1, 1 and 10 C.": [
        (166.3, "mA*h/g"), (156.1, "mA*h/g"), (120.9, "mA*h/g"), (0.1, "1/h"), (1, "1/h"), (10, "1/h")],
    "At 0.2C the discharge capacity was 1,204 mAhg-1 after 500 cycles.": [(0.2, "1/h"), (1204, "mA*h/g")],
    "The Tafel slope was 68 mV dec⁻¹ and the overpotential 285 mV at 10 mA cm⁻².": [
        (68, "mV"), (285, "mV"), (10, "mA/cm**2")],
    "A conductivity of 7.23 × 10⁻³ S cm⁻¹ was measured at 25 °C.": [(7.23e-3, "S/cm"), (25, "degC")],
    "The diffusion coefficient was 2.4 × 10−11 cm2 s−1.": [(2.4e-11, "cm**2/s")],
    "Cells (10⁸ cells mL⁻¹) were centrifuged at 10,000 × g for 10 min.": [(1e8, "count/mL"), (1e4, "g_0"), (10, "min")],
    "The capacitance reached 250 F g⁻¹ at 1 A g⁻¹ and 180 F/g at 10 A/g.": [
        (250, "F/g"), (1, "A/g"), (180, "F/g"), (10, "A/g")],
    "Energy densities of 35 Wh kg⁻¹ and 120 W h L⁻¹ were found.": [(35, "W*h/kg"), (120, "W*h/L")],
    "The internal resistance fell from 120 to 45 Ω cm².": [(45, "ohm*cm**2", 120)],
    "Polarization curves were measured with resistors between 10 kΩ and 50 Ω.": [(50, "ohm", 10000)],
    "An AC amplitude of 10 mV was applied from 100 kHz to 10 mHz.": [(10, "mV"), (0.01, "Hz", 1e5)],
    "The catalyst loading was 0.5 mgPt cm⁻².": [(0.5, "mg/cm**2")],
    "Nitrogen was supplied at 100 sccm and the cell was heated to 80 °C at 5 °C min⁻¹.": [
        (100, "cm**3/min"), (80, "degC"), (5, "delta_degC/min")],
    "The solution was purged with N2 for 30 min and kept at −20 °C.": [(30, "min"), (-20, "degC")],
    "Electrodes (2 × 5 cm) were cut from felt 3 mm thick.": [(2, "cm"), (5, "cm"), (3, "mm")],
    "The window had an area of 2 × 3 cm².": [(6, "cm**2")],
    "The total charge passed was 12.5 C.": [(12.5, "C")],
    "The culture was incubated at 37 C overnight.": [(37, "degC")],
    "The current was 2 A at a cell voltage of 1.8 V.": [(2, "A"), (1.8, "V")],
    "Lactate (18 mM) and fumarate (40 mM) were added; the OD600 was 0.4.": [(18, "mmol/L"), (40, "mmol/L")],
    "The voltage was 0.62(3) V.": [(0.62, "V")],
    "Less than 0.1 ppm of O2 and H2O, i.e. <100 ppb.": [(0.1, "ppm"), (0.1, "ppm")],
    # nutrition, medicine, biology
    "Subjects drank 6 ml/kg of water 2 h before the race and ate 1.2 g·kg⁻¹·h⁻¹ of carbohydrate.": [
        (6, "mL/kg"), (2, "h"), (1.2, "g/kg/h")],
    "Mice received 10 mg/kg/day for two weeks.": [(10, "mg/kg/day"), (2, "week")],
    "Body mass index was 23.5 ± 2.1 kg/m2 and age 25 ± 4 years.": [(23.5, "kg/m**2"), (25, "year")],
    "VO2max was 58 ± 8 ml · kg⁻¹ · min⁻¹.": [(58, "mL/kg/min")],
    "Energy intake was 2416 ± 696 (mean ± SD) kcal · day⁻¹.": [(2416, "kcal/day")],
    "Plasma glucose rose to 7.8 mmol/L; insulin was 60 pmol l⁻¹.": [(7.8, "mmol/L"), (60, "pmol/L")],
    "Systolic pressure exceeded 140 mm Hg in 12.5% of patients.": [(140, "mmHg"), (12.5, "percent")],
    "Samples of 200 μL were stained with 5 µg ml−1 DAPI for 15 min at 4 °C.": [
        (200, "uL"), (5, "ug/mL"), (15, "min"), (4, "degC")],
    "Taq polymerase (0.5 U) was added to a 25-μl reaction.": [(0.5, "enzyme_unit"), (25, "uL")],
    "The 16 S rRNA gene was amplified at 95 °C for 30 s.": [(95, "degC"), (30, "s")],
    "Proteins of 25 and 50 kDa were seen.": [(25, "kDa"), (50, "kDa")],
    "Plants grew under 150 µmol photons m⁻² s⁻¹ with a 16 h photoperiod.": [(150, "umol/m**2/s"), (16, "h")],
    "Yields rose from 3.2 to 4.8 t ha⁻¹.": [(3.2, "tonne/hectare", 4.8)],
    # physics, engineering, materials
    "The sample was annealed at 450, 650, and 800 °C for 1 h each.": [(450, "degC"), (650, "degC"), (800, "degC"), (1, "h")],
    "XRD used Cu Kα radiation (λ = 1.5406 Å) at 40 kV and 40 mA.": [(1.5406, "angstrom"), (40, "kV"), (40, "mA")],
    "Spectra were taken from 400 to 4,000 cm−1 with a resolution of 4 cm⁻¹.": [(400, "1/cm", 4000), (4, "1/cm")],
    "A peak at 2θ = 26.5° was seen.": [(26.5, "degree")],
    "The surface area is 1714.83 m2 g-1 and the pore volume 1.13 cm3/g.": [(1714.83, "m**2/g"), (1.13, "cm**3/g")],
    "The thermal conductivity was 0.6 W m−1 K−1 (0.6 W/(m·K)).": [(0.6, "W/m/K"), (0.6, "W/m/K")],
    "A pressure of 2 × 10^-6 mbar was kept.": [(2e-6, "mbar")],
    "The beam was 3.5 mm × 2 mm × 0.1 mm.": [(3.5, "mm"), (2, "mm"), (0.1, "mm")],
    "It absorbs between 380 and 700 nm.": [(380, "nm", 700)],
    "The steel (316 L stainless) carried a load of 5 kN.": [(5, "kN")],
    "A field of 9.4 T and a torque of 1.5 N m were used.": [(9.4, "T"), (1.5, "N*m")],
    "The laser (532 nm, 5 mW) had a spot of ~1 μm.": [(532, "nm"), (5, "mW"), (1, "um")],
    "The rotor ran at 7000 rpm with 11 mV/rpm.": [(7000, "rpm"), (11, "mV/rpm")],
    "The network processed 25 MB in 40 ms.": [(25, "MB"), (40, "ms")],
    "The temperature increased by 5 °C.": [(5, "delta_degC")],
    "Wind speeds of 5 ms⁻¹ and 36 km/h occurred.": [(5, "m/s"), (36, "km/h")],
    "Solar cells reached 20.1% with Voc = 1.12 V and Jsc = 23.4 mA cm–2.": [
        (20.1, "percent"), (1.12, "V"), (23.4, "mA/cm**2")],
    "Mixed at 80 wt%, 10 wt.% and 10 wt % in NMP.": [(80, "percent"), (10, "percent"), (10, "percent")],
    "The yield was 82.4 (2,7-AQDS) and 84.0% (FMN-Na).": [(82.4, "percent"), (84, "percent")],
    "Values of 100, 200 and 500 mg L⁻¹, respectively.": [(100, "mg/L"), (200, "mg/L"), (500, "mg/L")],
    "Heat at 60–80 °C for 2–3 h, then ~12 h.": [(60, "degC", 80), (2, "h", 3), (12, "h")],
    "The pH was adjusted to 4, 7 or 10 with 1 M NaOH.": [(4, "pH"), (7, "pH"), (10, "pH"), (1, "mol/L")],
    "The pH range of 6.5–7.5 and pH ~3 were used.": [(6.5, "pH", 7.5), (3, "pH")],
    "The pH dropped from 7.2 to 5.8.": [(5.8, "pH", 7.2)],
    # traps
    "CR2025 and 2,025 coin-type batteries; 2025 coin cells were built in 2020.": [],
    "See Fig. 3 A, Table 2 and Refs. 4–6 in Section 5 m.": [],
    "In the 1990s and 10 s of hours; 100 s of ohms.": [],
    "Celgard 2400 with 2,7-AQDS and LiFePO4 (doi:10.1038/s41467-024-52498-w).": [],
    "Shewanella oneidensis MR-1 A, strain DH5α and KN400 g.": [],
    "The ratio was 1:1 v/v in 3D and 2D materials (JCPDS No. 65-6212).": [],
    "Participants (21 A, 19 Z) and p < 0.05, n = 12.": [],
    "The 3d orbital and 5-HT, 2-C and 4-N.": [],
    "It cost $5 M and has 7 M parameters.": [],
    "Dated 12 March 2020, at 10:30 h; 24 h later.": [(24, "h")],
    "A power of 1.7 mW cm⁻² in designs³⁵ and 2 V⁴⁰.": [(1.7, "mW/cm**2"), (2, "V")],
}
COMMA_SENTENCES: Final[dict[str, list[tuple[float, str] | tuple[float, str, float]]]] = {
    "Die Leistungsdichte betrug 1,25 mW/cm² bei 30 °C.": [(1.25, "mW/cm**2"), (30, "degC")],
    "Zwischen 0,5 und 1,5 V, etwa 1.500 W in 24 Stunden.": [(0.5, "V", 1.5), (1500, "W"), (24, "h")],
    "Une densité de 12,5 mA/cm² et 3,2 % pendant 5 jours.": [(12.5, "mA/cm**2"), (3.2, "percent"), (5, "day")],
    "Se obtuvo 0,85 V con pH de 7,2 durante 10 días.": [(0.85, "V"), (7.2, "pH"), (10, "day")],
    "Werte von 0,1, 0,5 und 1,0 mol/L.": [(0.1, "mol/L"), (0.5, "mol/L"), (1.0, "mol/L")],
}
