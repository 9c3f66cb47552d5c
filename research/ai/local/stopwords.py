"""The small words of seven languages, and the English words that fill papers without being terms."""

LISTED = {
    "en": """a about above after again against all almost along already also although always am among an and another
        any are as at be became because been before being below between both but by can cannot could did do does
        doing done due during each either else enough etc even ever every few for from further had has have
        having he her here hence him his how however i if in indeed into is it its itself just least less like
        made make many may me might more most much must my near neither never no nor not now of off often on
        once one only onto or other others our out over own per perhaps quite rather same several she should
        since so some still such than that the their them then there thereby therefore these they this those
        though through thus to together too toward towards two three under until up upon us very was we well
        were what when where whereas whether which while who whose why will with within without would yet you
        your i.e e.g vs via et al""",
    "de": """aber alle allem allen aller alles als also am an andere anderen anderer anderes auch auf aus bei beim
        bereits bin bis bzw da dabei dadurch dafür dagegen daher dann daran darauf daraus darf darin darüber das
        dass dazu dem den denen denn dennoch der deren des dessen die dies diese diesem diesen dieser dieses
        doch dort du durch ebenfalls ein eine einem einen einer eines einige einigen er es etwa etwas folgende
        folgenden folgt für ganz gegen genau genau gibt gilt hat hatte hatten haben hier hierbei ihm ihn ihnen
        ihr ihre ihrem ihren ihrer im immer in indem ins ist ja je jede jedem jeden jeder jedes jedoch jetzt
        kann kein keine keinem keinen keiner können könnte lässt man mehr mit muss müssen nach nicht nichts noch
        nun nur ob oder ohne schon sehr sein seine seinem seinen seiner seit sich sie sind so sogar somit soll
        sollte sondern sowie sowohl über um und uns unter viel viele vom von vor war waren was weil welche
        welchem welchen welcher welches wenn wer werden weshalb wie wieder will wir wird wo wobei wurde wurden
        während z zu zum zur zwar zwei zwischen d h heißt sei seien dass""",
    "fr": """a afin ai ainsi alors après au aucun aussi autre autres aux avant avec avoir c car ce ceci cela celle
        celles celui ces cet cette ceux chaque chez comme comment d dans de depuis des deux donc dont du durant
        elle elles en encore entre est et étaient était étant être eux fait faut il ils j je l la le les leur
        leurs lors lorsque lui mais même mêmes moins n ne ni non nos notre nous on ont ou où par parce pas
        pendant peu peut peuvent plus plusieurs pour pourquoi puis qu quand que quel quelle quelles quels qui s
        sa sans se selon ses si soit son sont sous sur tous tout toute toutes très trop tu un une vers vos votre
        vous y""",
    "es": """a al algo algunas algunos ante antes así aunque cada como con contra cual cuales cuando de del desde
        donde dos durante e el ella ellas ellos en entre era eran es esa esas ese eso esos esta está están estas
        este esto estos fue fueron ha había han hasta hay la las le les lo los más me mediante menos mi mientras
        muy ni no nos nosotros o otra otras otro otros para pero poco por porque pues que quien se según ser si
        sí sin sino sobre son su sus también tan tanto te tiene tienen toda todas todo todos tras tu un una unas
        uno unos y ya""",
    "it": """a ad agli ai al alla alle allo anche ancora c che chi ci come con contro cui da dagli dai dal dalla
        dalle dallo degli dei del della delle dello di dopo dove due e è ed era erano essere fra gli ha hanno i
        il in io l la le lo loro ma mentre molto ne negli nei nel nella nelle nello no noi non o ogni per perché
        più poi prima quale quali quando quanto quasi quella quelle quelli quello questa queste questi questo se
        sempre senza si sia sono sopra sua sue sugli sui sul sulla sulle suo suoi tra tutti tutto un una uno""",
    "pt": """a à ao aos as às até cada com como contra da das de dela dele deles depois do dos duas dois e é ela elas
        ele eles em entre era eram essa essas esse esses esta está estão estas este estes eu foi foram há isso
        isto já lhe mais mas mesmo muito na não nas nem no nos nós o os ou outra outras outro outros para pela
        pelas pelo pelos por porque quando que quem se sem ser seu seus sua suas são só sobre também tanto tem
        têm todo todos um uma umas uns""",
    "nl": """aan al als alle alleen andere bij daar dan dat de der deze die dit doch doen door dus een en er ge geen
        geweest haar had heb hebben heeft hem het hier hij hoe hun iets ik in is ja je kan kon kunnen maar me
        meer men met mij mijn moet na naar niet niets nog nu of om omdat ons ook op over reeds te tegen toch
        toen tot tussen u uit uw van veel voor want waren was wat we wel werd werden wie wij wordt worden zal ze
        zich zij zijn zo zonder zou""",
}
STOP_WORDS = {language: frozenset(listing.split()) for language, listing in LISTED.items()}

# Words that English papers are full of and that no term of a field begins or ends with.
FILLER_LISTING = """
able according achieve achieved across addition additional additionally amount analysed analyzed apparent
apparently applied apply approach approaches appropriate approximately article ascribed associated attributed
author authors available average based basis better big calculated can case cases certain chapter characteristic
characteristics clear clearly close common commonly compare compared comparing comparison complete completely
conclusion conclusions conducted confirm confirmed consider considerable considerably considered consist
consistent consisting contain containing contains contribute contributed corresponding currently data day days
decrease decreased decreases decreasing demonstrate demonstrated demonstrates depend dependent depending depends
derived describe described detail detailed details determine determined develop developed difference differences
different difficult directly discussed display displayed displays distinct effective effectively efficient eight
emerging enable enables enhance enhanced enhances equal especially essential estimated evaluate evaluated
evaluation evidence example exhibit exhibited exhibiting exhibits existing expected experiment experimental
experiments explain explained extent extremely fact factor factors favorable favourable fig figs figure figures
final finally find finding findings first five fixed follow followed following follows form formed found four
full fully general generally give given gives giving good great greater greatly group groups half help hence
herein high higher highest highly hour hours identified illustrate illustrated illustrates importance important
importantly impressive improve improved improvement improves improving include included includes including
increase increased increases increasing increasingly indicate indicated indicates indicating individual
influence information initial initially instance interest interesting interestingly investigate investigated
involve involved involves issue issues key kind kinds know known lack large largely larger largest last later
latter lead leading leads led left length like likely limited line lines little long longer low lower lowest
main mainly maintain maintained major manner maximum mean means measure measured measurement measurements min
minimum minute minutes moreover namely necessary need needed needs new next nine note noted number numbers
observe observed obtain obtained obvious obviously occur occurs old original outstanding overall page part
participants particular particularly parts per perform performed performing phenomenon play plays point points
poor possible possibly potentially practical precisely prepare prepared presence present presented presents
previous previously primarily primary prior probably procedure procedures produce produced produces product
promising proper properly propose proposed prove proved proves provide provided provides providing published
purpose range ranges ranging rapid rapidly reach reached reaches reaching reason reasons recent recently reduce
reduced reduces reducing reference references refer relate related relation relative relatively remain remained
remains remarkable report reported reports represent represented represents require required requires respect
respective respectively result resulted resulting results reveal revealed reveals right role sample samples
scale second section see seen select selected set seven shorter short show showed showing shown shows
significance significant significantly similar similarly simple simply single six slight slightly small smaller
so-called special specific specifically state states step steps strong strongly studied studies study studying
subsequent subsequently substantial substantially successful successfully suggest suggested suggesting suggests
suitable summarized summary superior supplementary support synthesized table tables take taken takes ten tend
term terms test tested tests third thought time times total type types typical typically understand unit units
unlike use used useful uses using usually value values various vary version way ways week weeks whole wide
widely work works year years yield zero day-1 university department institute school laboratory http https www
doi org creative commons license licence
"""
FILLERS = frozenset(FILLER_LISTING.split())

# Words that end a term, "finite element method", and begin none.
HEAD_LISTING = """
method methods technique techniques analysis analyses property properties performance effect effects behavior
behaviour function functions ratio ratios condition conditions level levels component components
"""
HEADS = frozenset(HEAD_LISTING.split())
