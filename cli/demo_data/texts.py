"""What callers say about each subject, in Dutch and English, and what helped."""

from typing import NamedTuple


class Report(NamedTuple):
    """An incident in words: title, description, and the solution that helped."""

    title: str
    description: str
    solution: str


#: reports by subject of `TOPICS`
REPORTS: dict[str, tuple[Report, ...]] = {
    "Workstation": (
        Report(
            "Pc op balie 2 start niet op",
            "Na het inschakelen blijft het scherm zwart. De lamp van de voeding brandt wel.",
            "Voeding vervangen, pc start weer.",
        ),
        Report(
            "Workstation in room 3.14 does not start",
            "It beeps three times and then nothing happens. We need it for the morning round.",
            "Memory module reseated; started twice to be sure.",
        ),
        Report(
            "Werkplek polikliniek hangt bij het inloggen",
            "Het blauwe scherm met 'Welkom' blijft al tien minuten staan.",
            "Profiel opnieuw aangemaakt.",
        ),
    ),
    "Workstation on wheels": (
        Report(
            "COW van afdeling 2 Noord laadt niet op",
            "De mobiele computer valt uit zodra hij van de stekker gaat.",
            "Accu vervangen uit de voorraad.",
        ),
        Report(
            "Workstation on wheels switches off during the round",
            "The battery showed 80 percent and it switched off at the third bed.",
            "Battery calibrated; replacement ordered.",
        ),
    ),
    "Laptop": (
        Report(
            "Laptop erg traag na de update",
            "Sinds gisteren duurt het openen van een document bijna een minuut.",
            "Achtergrondtaak van de update afgerond, schijf opgeruimd.",
        ),
        Report(
            "Laptop gets hot and slow",
            "The fan runs all the time, also when nothing is open.",
            "Dust removed, indexing service restarted.",
        ),
    ),
    "Label printer": (
        Report(
            "Labelprinter verpleging print niets",
            "De etiketten voor de bloedafname komen er niet uit, de wachtrij loopt vol.",
            "Wachtrij geleegd en spooler herstart.",
        ),
        Report(
            "Label printer at the blood collection point prints blank labels",
            "All labels are white since we changed the roll.",
            "Roll was in the wrong way round; shown to the team.",
        ),
        Report(
            "Etiketten lopen scheef",
            "De barcode valt half van het etiket en is niet te scannen.",
            "Sensor gekalibreerd.",
        ),
    ),
    "Printer": (
        Report(
            "Printer on the second floor jams",
            "Every third page gets stuck in the tray at the back.",
            "Feed roller replaced.",
        ),
        Report(
            "Kleurenprinter secretariaat geeft strepen", "Over elke pagina loopt een blauwe streep.", "Drum vervangen."
        ),
    ),
    "Password": (
        Report(
            "Account geblokkeerd na vakantie",
            "Ik weet mijn wachtwoord niet meer en kan niet meer inloggen.",
            "Identiteit gecontroleerd, wachtwoord opnieuw ingesteld.",
        ),
        Report(
            "Locked out of my account",
            "After three attempts it says that my account is locked. My shift starts at seven.",
            "Unlocked after a call back.",
        ),
        Report(
            "Wachtwoord verlopen op de nachtdienst",
            "Het systeem vraagt om een nieuw wachtwoord maar weigert wat ik kies.",
            "Uitgelegd welke eisen gelden, gelukt.",
        ),
    ),
    "Staff pass": (
        Report(
            "Personeelspas wordt geweigerd bij de medicijnkamer",
            "De deur gaat niet open en de lezer knippert rood.",
            "Autorisatie opnieuw gezet.",
        ),
        Report(
            "Tap and go does not recognise my pass",
            "I have to type my password at every workstation.",
            "Pass enrolled again.",
        ),
    ),
    "Shared folder": (
        Report(
            "No access to the folder of the cardiology team",
            "It worked until Friday. I changed departments last week.",
            "Membership moved to the new team.",
        ),
        Report(
            "Map 'Rooster' niet meer zichtbaar", "De map staat niet meer tussen mijn schijven.", "Koppeling hersteld."
        ),
    ),
    "Wireless": (
        Report(
            "Wifi valt weg op afdeling 3 Zuid",
            "De bedside-tablets verliezen elke paar minuten de verbinding.",
            "Access point herstart, kanaal gewijzigd.",
        ),
        Report(
            "Wi-Fi drops in the meeting rooms",
            "Video calls freeze after some minutes, on all laptops.",
            "Overlapping channel corrected.",
        ),
    ),
    "Remote access": (
        Report(
            "Thuiswerken lukt niet: geen verbinding",
            "De verbinding stopt bij 'gegevens controleren'.",
            "Klok van de laptop stond een uur verkeerd.",
        ),
        Report(
            "Remote access refuses the code", "The code from my telephone is refused every time.", "Token synchronised."
        ),
    ),
    "Site link": (
        Report(
            "Everything is slow at Harbour View",
            "Opening a record takes half a minute at all desks.",
            "Provider repaired the line; measured for an hour.",
        ),
        Report(
            "Verbinding met locatie Havenzicht traag",
            "Beelden laden niet en de telefoon hapert.",
            "Leverancier heeft de verbinding omgelegd.",
        ),
    ),
    "Telephone": (
        Report(
            "Piketoestel afdeling 2 Noord belt niet",
            "Het toestel geeft geen kiestoon, noodoproepen gaan via de buurafdeling.",
            "Toestel vervangen.",
        ),
        Report(
            "Calls are cut after ten minutes",
            "With external numbers only. Internal calls are fine.",
            "Timer of the trunk corrected.",
        ),
    ),
    "Mail": (
        Report(
            "Mail met bijlage komt niet aan",
            "Een verwijsbrief aan de huisarts komt terug als onbestelbaar.",
            "Filter aangepast, mail opnieuw verzonden.",
        ),
        Report(
            "Outlook keeps asking for my password",
            "It asks every few minutes although the password is right.",
            "Stored credentials removed.",
        ),
        Report(
            "Calendar of the treatment rooms is empty",
            "Since this morning nobody sees the reservations.",
            "Rights on the room mailboxes restored.",
        ),
    ),
    "Patient record": (
        Report(
            "Dossier geeft foutmelding 1204 bij openen",
            "Bij een deel van de patiënten verschijnt fout 1204 en daarna een leeg scherm.",
            "Cache van de applicatieserver geleegd.",
        ),
        Report(
            "Patient record opens the wrong tab",
            "After the search it opens the previous patient's letters for a second.",
            "Update of the client rolled out.",
        ),
        Report(
            "Dossier EPD-7 is erg traag",
            "Elke klik duurt enkele seconden, op de hele polikliniek.",
            "Rapportage die de database belastte is verplaatst.",
        ),
    ),
    "Medication orders": (
        Report(
            "Medicatieopdracht toont verkeerde eenheid",
            "Bij infusen staat mg in plaats van ml. Wij controleren nu met de hand.",
            "Tabel met eenheden hersteld, alle opdrachten nagelopen.",
        ),
        Report(
            "Medication orders are not passed to the pharmacy",
            "Orders since 13:00 are not in the list of the pharmacy.",
            "Queue restarted; all orders arrived.",
        ),
    ),
    "Radiology images": (
        Report(
            "CT-beelden laden traag op de spoed",
            "Een serie laden duurt minuten in plaats van seconden.",
            "Cachenode herstart.",
        ),
        Report(
            "Images of yesterday cannot be opened",
            "The list shows them, but the viewer stays grey.",
            "Archive volume mounted again.",
        ),
    ),
    "Roster": (
        Report(
            "Rooster toont dienst dubbel",
            "Mijn avonddienst van donderdag staat er twee keer in.",
            "Dubbele regel verwijderd na herberekening.",
        ),
        Report(
            "Night shift missing in the roster",
            "The night of the 12th has nobody, although it was planned.",
            "Import run again.",
        ),
    ),
    "Results": (
        Report(
            "Laboratoriumuitslagen van vanochtend ontbreken",
            "De uitslagen van na 9 uur staan niet in het dossier.",
            "Koppeling herstart, berichten alsnog verwerkt.",
        ),
        Report(
            "Lab results arrive without reference values",
            "The flags for high and low are missing since the update.",
            "Mapping of codes corrected.",
        ),
    ),
    "Dashboard": (
        Report(
            "Dashboard beddenbezetting toont nul",
            "Alle afdelingen staan op nul bedden bezet.",
            "Bron opnieuw gekoppeld.",
        ),
        Report(
            "Figures of last month are missing",
            "The waiting time report ends on the 20th.",
            "Load repeated for the missing days.",
        ),
    ),
    "Nightly load": (
        Report(
            "Nachtelijke verwerking niet klaar",
            "De cijfers van gisteren staan nog niet in de rapportage.",
            "Taak opnieuw gestart, klaar om 10:40.",
        ),
        Report(
            "Nightly load stopped half way", "It stopped at step 14 with a time-out.", "Index rebuilt, load repeated."
        ),
    ),
}
